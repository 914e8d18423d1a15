// A small page: find a title and play it. The real front end follows.
(() => {
  const at = (id) => document.getElementById(id);
  let signedIn = false;
  let beating = null;
  let player = null;

  async function call(method, path, body) {
    // The session is a cookie that no script can read; this header shows that a page of ours asks.
    const headers = { 'X-Marquee-Session': 'cookie' };
    if (body) headers['Content-Type'] = 'application/json';
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const said = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw new Error(said.detail || said.title);
    return said;
  }

  const say = (text) => { at('message').textContent = text; };
  const attempt = (act) => async (event) => {
    event?.preventDefault();
    try { say(''); await act(event); } catch (error) { say(error.message); }
  };

  function card(title) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    const picture = document.createElement(title.poster ? 'img' : 'span');
    if (title.poster) {
      picture.src = `${media()}/${title.poster}`;
      picture.alt = '';
    } else {
      picture.className = 'blank';
    }
    const name = document.createElement('span');
    name.textContent = `${title.title}${title.year ? ` (${title.year})` : ''}${title.coming ? ' · coming' : ''}`;
    button.append(picture, name);
    button.classList.toggle('coming', title.coming);
    button.disabled = title.coming;
    button.onclick = attempt(() => play(title));
    item.append(button);
    return item;
  }

  const media = () => document.querySelector('meta[name=media]').content;

  async function search() {
    const q = at('q').value;
    const found = await call('GET', `/search?${new URLSearchParams({ q, limit: 40 })}`);
    at('titles').replaceChildren(...found.items.map((hit) => card(hit.title)));
    if (found.items.length === 0) say('Nothing found.');
  }

  async function play(title) {
    if (!signedIn) throw new Error('Sign in to play.');
    const ticket = await call('POST', `/playback/${title.id}/sessions`, { device: 'browser' });
    at('player').hidden = false;
    at('playing').textContent = title.title;
    player ??= new MarqueePlayer(at('video'));
    await player.load(ticket);
    at('video').play();
    clearInterval(beating);
    beating = setInterval(attempt(async () => {
      const body = { position_seconds: at('video').currentTime };
      player.renew(await call('POST', `/playback/sessions/${ticket.session_id}/heartbeat`, body));
    }), ticket.heartbeat_seconds * 1000);
  }

  async function logIn() {
    const body = { email: at('email').value, password: at('password').value, device: 'browser' };
    await call('POST', '/auth/login', body);
    showSignedIn(true);
  }

  async function logOut() {
    await call('POST', '/auth/logout');
    showSignedIn(false);
  }

  function showSignedIn(now) {
    signedIn = now;
    at('login').hidden = now;
    at('logout').hidden = !now;
    // The cookie itself cannot be seen: this says whether there may be one.
    if (now) localStorage.setItem('signed-in', 'yes');
    else localStorage.removeItem('signed-in');
  }

  showSignedIn(localStorage.getItem('signed-in') === 'yes');
  if (signedIn) call('GET', '/auth/me').catch(() => showSignedIn(false));
  at('logout').onclick = attempt(logOut);
  at('login').onsubmit = attempt(logIn);
  at('search').onsubmit = attempt(search);
  let typing;
  at('q').oninput = () => { clearTimeout(typing); typing = setTimeout(attempt(search), 150); };
  attempt(search)();
})();
