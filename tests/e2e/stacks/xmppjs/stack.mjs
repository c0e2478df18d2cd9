// SPDX-License-Identifier: Apache-2.0
// @xmpp/client (xmpp.js) over what `service` says: xmpp:// (STARTTLS), xmpps:// (direct TLS), ws:// or wss://. It prefers SASL2
// with Bind 2 and FAST where the server has them. Input and output as in ../common.py.
import { webcrypto } from 'node:crypto';
import WebSocketOfPackage from 'ws';

globalThis.crypto ??= webcrypto;                // Node before 19
globalThis.WebSocket ??= WebSocketOfPackage;    // Node before 22
const { client, xml } = await import('@xmpp/client');

const todo = JSON.parse(process.argv[2]);
const [username, domain] = todo.jid.split('@');
const say = line => process.stdout.write(`${line}\n`);
const patience = 15_000;

const used = { mechanisms: [], sasl2: false, bind2: false, fastOffered: false };
const texts = new Map();
let online;

/** The next event of this name, or a rejection. */
const event = (emitter, name) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`waited for ${name}`)), patience);
  emitter.once(name, value => { clearTimeout(timer); resolve(value); });
});

const xmpp = client({ service: todo.service, domain, resource: 'js', username, password: todo.password });
xmpp.reconnect.delay = 50;
xmpp.on('error', fault => process.stderr.write(`${fault}\n`));
xmpp.on('nonza', () => {});
xmpp.on('send', element => {
  if (element.name === 'auth' || element.name === 'authenticate') used.mechanisms.push(element.attrs.mechanism);
  if (element.name === 'authenticate') used.sasl2 = true;
  if (element.getChild?.('bind', 'urn:xmpp:bind:0')) used.bind2 = true;
});
xmpp.on('element', element => {
  if (element.name === 'stream:features' && `${element}`.includes('urn:xmpp:fast:0')) used.fastOffered = true;
});
xmpp.on('stanza', stanza => {
  const body = stanza.is('message') && stanza.getChildText('body');
  if (body) texts.get(body)?.();
});

function talk(text) {
  const answered = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${text}`)), patience);
    texts.set(`echo: ${text}`, () => { clearTimeout(timer); resolve(); });
  });
  return xmpp.send(xml('message', { type: 'chat', to: todo.peer }, xml('body', {}, text))).then(() => answered);
}

async function roster() {
  const item = xml('item', { jid: todo.peer, name: 'Peer' });
  await xmpp.iqCaller.request(xml('iq', { type: 'set' }, xml('query', { xmlns: 'jabber:iq:roster' }, item)), patience);
  const answer = await xmpp.iqCaller.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })), patience);
  const found = answer.getChild('query').getChildren('item').some(({ attrs }) => attrs.jid === todo.peer && attrs.name === 'Peer');
  if (!found) throw new Error(`not in the roster: ${answer}`);
}

async function run() {
  online = event(xmpp, 'online');
  await xmpp.start();
  await online;
  await xmpp.send(xml('presence'));
  say(`ok login ${used.mechanisms.at(-1)}${used.sasl2 ? ', SASL2' : ''}${used.bind2 ? ', Bind 2' : ''}`);
  await talk('js says hello');
  say('ok message');
  await roster();
  say('ok roster');
  // The network goes away: no closing tag is sent.
  online = Promise.race([event(xmpp, 'online').then(() => 'new'), event(xmpp.streamManagement, 'resumed').then(() => 'resumed')]);
  const socket = xmpp.socket?.socket ?? xmpp.socket;
  (socket.terminate ?? socket.destroy ?? socket.close).call(socket);
  const how = await online;
  if (how === 'new') await xmpp.send(xml('presence'));
  await talk('js is back');
  if (used.fastOffered && !used.mechanisms.at(-1).startsWith('HT-')) throw new Error(`no token was used, but ${used.mechanisms}`);
  say(`ok reconnect ${how}, ${used.mechanisms.at(-1)}`);
  xmpp.reconnect.stop();
  await xmpp.stop();
}

run().then(() => process.exit(0), fault => { process.stderr.write(`${fault.stack}\n${fault}\n`); process.exit(1); });
