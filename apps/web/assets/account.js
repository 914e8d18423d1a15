// What the links in mails lead to. The secret stands behind the `#`, so no server has seen it until the button is
// pressed: a mail scanner that opens the link uses nothing up.
(() => {
  const at = (id) => document.getElementById(id);
  const page = location.pathname.split('/').pop();
  const token = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  // Another link, opened in the same tab.
  addEventListener('hashchange', () => location.reload());

  const say = (text) => { at('message').textContent = text; };

  async function post(path, body) {
    const answer = await fetch(path, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error((await answer.json()).title);
    return answer.status === 204 ? null : answer.json();
  }

  const pages = {
    verify: ['confirm', () => post('/auth/email/verify', { token }), 'Your address is confirmed.'],
    reset: ['reset', () => post('/auth/password/reset', { token, password: at('password').value }),
      'Your password is changed. Sign in with it.'],
    'sign-in': ['enter', async () => {
      const tokens = await post('/auth/email/login/verify', { token, device: 'browser' });
      sessionStorage.setItem('access', tokens.access_token);
      location.assign('/');
    }, 'You are signed in.'],
  };
  const [form, act, done] = pages[page] ?? [];
  if (!form || !token) {
    say('Open this page by the link in a mail.');
    return;
  }
  at(form).hidden = false;
  at(form).onsubmit = async (event) => {
    event.preventDefault();
    try {
      await act();
      at(form).hidden = true;
      say(done);
    } catch (error) {
      say(error.message);
    }
  };
})();
