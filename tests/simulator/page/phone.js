// SPDX-License-Identifier: Apache-2.0
// The phone in the browser. The server tells what is (settings, all, message, refused), never what to draw; every text is
// put on the page as text, so that nothing in it can act.
const $ = id => document.getElementById(id);
const words = { queued: 'Queued', sent: 'Sent', delivered: 'Delivered', failed: 'Failed' };
const narrow = matchMedia('(max-width: 46rem)');
const state = { settings: { numbers: [], rules: [], failures: [], codes: [] }, messages: new Map(), unread: new Set(), me: '', other: '', extra: new Set() };
let pictures = [];

/** An element with attributes (a function becomes a listener) and children; strings stay text. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter(child => child !== undefined));
  return node;
}

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

/** +1 555 000 1111 for people; other countries' numbers stay as they are. */
const pretty = number => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1 $2 $3');
const time = at => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
const web = url => /^https?:\/\//i.test(url);
const say = text => { $('said').textContent = text; };

function day(at) {
  const date = new Date(at).toDateString();
  if (date === new Date().toDateString()) return 'Today';
  return new Date(at).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
}

/** The text's pieces, web addresses as links. */
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)])/).map((piece, index) =>
    index % 2 ? make('a', { href: piece, target: '_blank', rel: 'noopener noreferrer' }, piece) : piece);
}

/* What is known */

const mine = () => [...state.messages.values()].filter(message => message.phone === state.me);
const conversation = () => mine().filter(message => message.number === state.other);

function numbers() {
  const last = new Map([...state.settings.numbers, ...state.extra].map(number => [number, undefined]));
  for (const message of mine()) last.set(message.number, message);
  return [...last].sort(([, a], [, b]) => (b?.at ?? '').localeCompare(a?.at ?? ''));
}

const unreadOf = number => mine().filter(message => message.number === number && state.unread.has(message.id)).length;

/* Drawing */

function drawPhones() {
  const phones = new Set([state.settings.phone, ...[...state.messages.values()].map(message => message.phone), state.me]);
  const options = [...phones].filter(Boolean).map(phone => {
    const fresh = [...state.messages.values()].filter(m => m.phone === phone && state.unread.has(m.id)).length;
    return make('option', { value: phone }, pretty(phone) + (fresh && phone !== state.me ? ` (${fresh} new)` : ''));
  });
  // Only when something changed: drawing closes a list that is just open.
  const drawn = options.map(option => option.textContent).join();
  if ($('me').dataset.drawn !== drawn) $('me').replaceChildren(...options, make('option', { value: '' }, 'Another phone…'));
  $('me').dataset.drawn = drawn;
  $('me').value = state.me;
}

function drawList() {
  const focused = document.activeElement?.dataset?.number;
  $('list').replaceChildren(...numbers().map(([number, last]) => {
    const fresh = unreadOf(number);
    const text = !last ? 'No texts yet' : (last.mine ? 'You: ' : '') + (last.text || 'Picture');
    return make('li', {}, make('button', {
      type: 'button', 'data-number': number, 'aria-current': number === state.other ? 'true' : undefined, click: () => open(number),
    }, make('span', { class: 'face', 'aria-hidden': 'true' }, number.slice(-2)),
    make('span', { class: 'line' }, make('span', { class: 'name' }, pretty(number)), make('span', { class: 'when' }, last ? time(last.at) : '')),
    make('span', { class: 'line' }, make('span', { class: 'last', dir: 'auto' }, text),
      fresh ? make('span', { class: 'count' }, String(fresh), make('span', { class: 'away' }, ' unread')) : '')));
  }));
  if (focused) document.querySelector(`#list [data-number="${CSS.escape(focused)}"]`)?.focus();
  const all = state.unread.size;
  document.title = (all ? `(${all}) ` : '') + `Phone ${pretty(state.me)}`;
}

function drawPicture(media, message) {
  const who = message.mine ? 'you' : pretty(message.number);
  if (!web(media.url)) return make('span', { class: 'bubble' }, 'A picture without an address');
  const link = make('a', { class: 'pic', href: media.url, target: '_blank', rel: 'noopener noreferrer' });
  const image = make('img', { src: media.url, alt: `Picture from ${who}`, referrerpolicy: 'no-referrer' });
  image.addEventListener('load', () => stay());
  image.addEventListener('error', () => link.replaceChildren(make('span', { class: 'bubble' }, `Picture that this page cannot show: ${media.url}`)));
  link.append(image);
  return link;
}

function foot(message) {
  const clock = make('time', { datetime: message.at }, time(message.at));
  const detail = message.state === 'failed' || (message.state === 'sent' && message.mine) ? ` – ${message.detail}` : '';
  return make('div', { class: 'foot', title: message.detail }, clock, icon(message.state), make('span', { class: 'state' }, words[message.state] + detail));
}

function drawMessage(message, isNew) {
  const box = make('div', { class: 'text' + (message.mine ? ' mine' : '') + (isNew ? ' arrived' : ''), 'data-id': message.id, 'data-state': message.state });
  box.append(make('span', { class: 'away' }, message.mine ? 'You:' : `${pretty(message.number)}:`));
  for (const media of message.media) box.append(drawPicture(media, message));
  if (message.text) box.append(make('div', { class: 'bubble', dir: 'auto' }, ...linked(message.text)));
  box.append(foot(message));
  return box;
}

function append(message, isNew) {
  const log = $('log');
  log.querySelector('.empty')?.remove();
  const today = day(message.at);
  if (log.dataset.day !== today) {
    log.dataset.day = today;
    log.append(make('div', { class: 'day' }, today));
  }
  log.append(drawMessage(message, isNew));
}

function drawConversation() {
  const log = $('log');
  const texts = conversation();
  $('with').textContent = state.other ? pretty(state.other) : 'Texts';
  $('about').textContent = state.settings.numbers.includes(state.other) ? 'a number of the gateway' : '';
  log.replaceChildren();
  delete log.dataset.day;
  log.setAttribute('aria-live', 'off');       // a whole conversation is not news
  for (const message of texts) append(message, false);
  if (!texts.length) log.append(make('p', { class: 'empty' }, 'No texts yet. Write one, or send one from your XMPP client.'));
  toEnd();
  requestAnimationFrame(() => log.setAttribute('aria-live', 'polite'));
}

function drawRules() {
  $('rules').replaceChildren(...state.settings.rules.map(rule => make('li', { 'data-rule': rule.number }, `Next: ${rule.label}`,
    make('button', { type: 'button', 'aria-label': `Forget: ${rule.label}`, click: () => { ask('forget', { rule: rule.number }); $('text').focus(); } }, icon('cross')))));
}

function drawMenu() {
  if (!$('failures').children.length) $('failures').append(...state.settings.failures.map(failure => {
    const value = failure.unit && make('input', {
      'aria-label': `${failure.unit}: ${failure.label}`, placeholder: failure.unit === 'seconds' ? 'seconds' : 'code', autocomplete: 'off',
      ...(failure.unit === 'seconds' ? { inputmode: 'numeric', value: failure.usual } : { list: 'codes' }),
    });
    const choose = () => { $('menu').close(); ask('next', { name: failure.name, value: value ? value.value.trim() : '' }, `Next: ${failure.label}`); };
    const button = make('button', { type: 'button', 'data-failure': failure.name, click: choose }, icon('bolt'), failure.label);
    return make('li', {}, button, ...(value ? [value] : []), failure.unit === 'seconds' ? make('span', { 'aria-hidden': 'true' }, 's') : '');
  }));
  $('codes').replaceChildren(...state.settings.codes.map(code => make('option', { value: code.code }, code.words)));
}

/* Scrolling: at the end it stays there; above it nothing moves under the reader. */

let wasAtEnd = true;
const toEnd = () => { wasAtEnd = true; $('log').scrollTop = $('log').scrollHeight; $('latest').hidden = true; };
const stay = () => { if (wasAtEnd) toEnd(); };
$('log').addEventListener('scroll', () => {
  const log = $('log');
  wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  if (wasAtEnd) $('latest').hidden = true;
});
$('latest').addEventListener('click', () => { toEnd(); $('text').focus(); });
addEventListener('resize', () => onInput());

/* Doing */

function isOpen(message) {
  const shown = !narrow.matches || $('phone').dataset.view === 'text';
  return shown && !document.hidden && message.phone === state.me && message.number === state.other;
}

function markRead() {
  for (const message of conversation()) if (isOpen(message)) state.unread.delete(message.id);
}

function open(number, moves = true) {
  state.other = number;
  if (moves) $('phone').dataset.view = 'text';
  markRead();
  drawList();
  drawPhones();
  drawConversation();
  if (moves) $('text').focus();
}

function usePhone(phone) {
  state.me = phone;
  sessionStorage.setItem('phone', phone);
  state.other = numbers()[0]?.[0] ?? '';
  drawPhones();
  open(state.other, false);
}

function onSettings(settings) {
  state.settings = settings;
  state.me ||= sessionStorage.getItem('phone') || settings.phone;
  drawRules();
  drawMenu();
}

function onAll(all) {
  const known = state.messages;
  state.messages = new Map(all.map(message => [message.id, message]));
  for (const message of all) if (known.size && !message.mine && !known.has(message.id)) state.unread.add(message.id);
  state.unread = new Set([...state.unread].filter(id => state.messages.has(id)));
  if (!numbers().some(([number]) => number === state.other)) state.other = numbers()[0]?.[0] ?? '';
  open(state.other, false);
}

function onMessage(message) {
  const before = state.messages.get(message.id);
  state.messages.set(message.id, message);
  if (!before && !message.mine && !isOpen(message)) state.unread.add(message.id);
  drawList();
  drawPhones();
  if (message.phone !== state.me || message.number !== state.other) return;
  const box = document.querySelector(`#log [data-id="${CSS.escape(message.id)}"]`);
  if (box) {
    box.dataset.state = message.state;
    box.querySelector('.foot').replaceWith(foot(message));
    if (before.state !== message.state && (message.mine || message.state === 'failed')) say(`${words[message.state]}: ${message.detail}`);
    return;
  }
  append(message, true);
  if (message.mine || wasAtEnd) toEnd(); else $('latest').hidden = false;
}

function onRefused(text) {
  if (text.phone !== state.me || (text.number && text.number !== state.other)) return;
  const answer = text.status ? `the provider answered ${text.status}` : 'the provider did not answer';
  $('log').append(make('div', { class: 'note' }, `${time(text.at)} · A text was refused (${answer}): “${text.text.slice(0, 80)}”`));
  stay();
}

async function post(what, body) {
  const answer = await fetch(`/phone/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error);
  return value;
}

/** For what needs no answer but may fail; `done` is said when it did not. */
function ask(what, body, done = '') {
  post(what, body).then(() => { problem(''); say(done); }, fault => problem(`That did not work: ${fault.message}.`));
}

/* News: the browser reconnects by itself unless the answer was wrong; then it is asked again here. */

let pause = 500;
function listen() {
  const news = new EventSource('/phone/news');
  const link = (name, text) => { if ($('link').dataset.state !== name) { $('link').dataset.state = name; $('link').textContent = text; } };
  const on = (name, handler) => news.addEventListener(name, event => handler(JSON.parse(event.data)));
  on('settings', onSettings);
  on('all', all => { pause = 500; link('live', 'Live'); onAll(all); });
  on('message', onMessage);
  on('refused', onRefused);
  news.addEventListener('error', () => {
    link('lost', 'The simulator is away. Trying again…');
    if (news.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, pause);
    pause = Math.min(pause * 2, 8000);
  });
}

/* Writing */

const basic = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[\]~|€]*$/;

/** How many texts of the network it takes: 160 or 153 characters of GSM 03.38, else 70 or 67 of UCS-2. */
function segments(text) {
  const isBasic = basic.test(text);
  const length = isBasic ? text.length + (text.match(/[\^{}\\[\]~|€]/g) ?? []).length : text.length;
  const [one, many] = isBasic ? [160, 153] : [70, 67];
  return { length, count: length <= one ? 1 : Math.ceil(length / many), room: length <= one ? one : many };
}

function onInput() {
  const box = $('text');
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight + 2}px`;
  const { length, count } = segments(box.value);
  $('size').textContent = length > 60 ? `${length} characters, ${count === 1 ? 'one text' : `${count} texts`}` : '';
  $('send').disabled = !state.other || (!box.value.trim() && !pictures.length);
  stay();
}

function problem(text) { $('problem').textContent = text; }

function drawPictures() {
  $('pictures').replaceChildren(...pictures.map((picture, index) => make('li', {},
    make('img', { src: picture.preview, alt: picture.name }),
    make('button', { type: 'button', 'aria-label': `Remove ${picture.name}`, click: () => { pictures.splice(index, 1); drawPictures(); $('text').focus(); } }, icon('cross')))));
  onInput();
}

const readFile = file => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});

async function addPictures(files) {
  problem('');
  for (const file of files) {
    if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type)) { problem(`${file.name} is not a picture that a phone can send.`); continue; }
    if (file.size > 5 * 1024 * 1024) { problem(`${file.name} is larger than 5 MiB.`); continue; }
    if (pictures.length === 10) { problem('Ten pictures are the most.'); break; }
    const preview = await readFile(file);
    pictures.push({ name: file.name, type: file.type, preview, base64: preview.slice(preview.indexOf(',') + 1) });
  }
  drawPictures();
}

/** The box is free at once; what could not leave comes back into it, unless it is in use again. */
async function send(event) {
  event.preventDefault();
  if ($('send').disabled) return;
  const text = $('text').value, to = state.other, sent = pictures;
  fill('', []);
  $('text').focus();
  try {
    await post('send', { from: state.me, to, text: text.trim() ? text : '', pictures: sent.map(({ type, base64 }) => ({ type, base64 })) });
    problem('');
  } catch (fault) {
    const isFree = state.other === to && !$('text').value && !pictures.length;
    if (isFree) fill(text, sent);
    problem(`It was not sent: ${fault.message}. ${isFree ? 'The text is kept.' : `It said: ${text}`}`);
  }
}

function fill(text, added) {
  $('text').value = text;
  pictures = added;
  drawPictures();
}

$('write').addEventListener('submit', send);
$('text').addEventListener('input', onInput);
$('text').addEventListener('keydown', event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) $('write').requestSubmit();
});
$('text').addEventListener('keydown', event => { if (event.key === 'Enter' && !event.shiftKey) event.preventDefault(); });
$('text').addEventListener('paste', event => { if (event.clipboardData.files.length) { event.preventDefault(); addPictures(event.clipboardData.files); } });
$('attach').addEventListener('click', () => $('file').click());
$('file').addEventListener('change', () => { addPictures([...$('file').files]); $('file').value = ''; });
for (const kind of ['dragenter', 'dragover']) addEventListener(kind, event => { event.preventDefault(); $('write').classList.add('over'); });
for (const kind of ['dragleave', 'drop']) addEventListener(kind, event => { event.preventDefault(); $('write').classList.remove('over'); });
addEventListener('drop', event => addPictures(event.dataTransfer.files));

/* Moving about */

$('back').addEventListener('click', () => {
  $('phone').dataset.view = 'list';
  document.querySelector('#list [aria-current]')?.focus();
});
$('trouble').addEventListener('click', () => {
  $('menu').showModal();
  document.querySelector('#failures button').focus();
});
function askNumber(title, done) {
  $('other-title').textContent = title;
  $('number').value = '';
  $('other').showModal();
  $('other').done = done;
}
$('new').addEventListener('click', () => askNumber('Write to', number => { state.extra.add(number); open(number); }));
$('me').addEventListener('change', () => {
  const phone = $('me').value;
  if (phone) { usePhone(phone); return; }
  $('me').value = state.me;
  askNumber('Be the phone', usePhone);
});
$('other-form').addEventListener('submit', event => {
  event.preventDefault();
  $('other').close();
  $('other').done($('number').value.replace(/[ ()-]/g, ''));
});
for (const button of document.querySelectorAll('[data-close]')) button.addEventListener('click', () => button.closest('dialog').close());
for (const dialog of document.querySelectorAll('dialog')) dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); });
document.addEventListener('visibilitychange', () => { markRead(); drawList(); });
narrow.addEventListener('change', () => { markRead(); drawList(); stay(); });

onInput();
listen();
