// What the links in mails lead to. The secret stands behind the `#`, so no server has seen it until the button is
// pressed: a mail scanner that opens the link uses nothing up.
(() => {
  const at = (id) => document.getElementById(id);
  const page = location.pathname.split('/').pop();
  const token = location.hash.slice(1);
  if (token) history.replaceState(null, '', location.pathname);
  // Another link, opened in the same tab.
  addEventListener('hashchange', () => location.reload());

  const say = (text) => { at('message').textContent = text; };

  async function post(path, body) {
    const headers = { 'Content-Type': 'application/json', 'X-Marquee-Session': 'cookie' };
    const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error((await answer.json()).title);
    return answer.status === 204 ? null : answer.json();
  }

  // A television shows a code: its owner signs in here, sees which device asks, and answers.
  async function findDevice() {
    const login = { email: at('email').value, password: at('current').value, device: 'browser' };
    await post('/auth/login', login);
    const code = { user_code: at('code').value };
    const found = await post('/auth/device/look', code);
    at('asks').textContent = `“${found.device}” (${found.network}) wants to sign in to your account.`;
    at('answer').hidden = false;
    at('answer').onsubmit = async (event) => {
      event.preventDefault();
      const allow = event.submitter.value === 'allow';
      try {
        await post('/auth/device/approve', { ...code, allow });
        at('answer').hidden = true;
        say(allow ? 'The device is signed in.' : 'The device was refused.');
      } catch (error) {
        say(error.message);
      }
    };
  }

  // Back from a provider: what this tab kept before it left shows that it is the one that went.
  async function comeBack() {
    const asked = new URLSearchParams(location.search);
    await post(`/auth/oauth/${page}/callback`, {
      code: asked.get('code') ?? '',
      state: asked.get('state') ?? '',
      ...(asked.get('iss') && { iss: asked.get('iss') }),
      binding: sessionStorage.getItem('oauth') ?? '',
      device: 'browser',
    });
    sessionStorage.removeItem('oauth');
    localStorage.setItem('signed-in', 'yes');
    location.assign('/');
  }
  if (page === 'google' || page === 'github') {
    comeBack().catch((error) => say(error.message));
    return;
  }

  const pages = {
    device: ['device', findDevice, 'Is it yours?'],
    verify: ['confirm', () => post('/auth/email/verify', { token }), 'Your address is confirmed.'],
    reset: ['reset', () => post('/auth/password/reset', { token, password: at('password').value }),
      'Your password is changed. Sign in with it.'],
    'sign-in': ['enter', async () => {
      await post('/auth/email/login/verify', { token, device: 'browser' });
      localStorage.setItem('signed-in', 'yes');
      location.assign('/');
    }, 'You are signed in.'],
  };
  const [form, act, done] = pages[page] ?? [];
  if (!form || (!token && page !== 'device')) {
    say('Open this page by the link in a mail.');
    return;
  }
  at('code').value = token;
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
