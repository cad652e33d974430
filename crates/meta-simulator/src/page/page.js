// The page: who one is, whom one writes to, and what is new, asked for once a second.

import { answer, app, attempt, call, contact, keyOf } from './api.js';
import { summary } from './bubble.js';
import { startComposing } from './compose.js';
import { $, ask, avatar, el, time } from './dom.js';
import { icon } from './icons.js';
import { drawTalk } from './talk.js';
import { drawTools, startTools } from './tools.js';

/// By part of the page: what it was drawn of, so that it is drawn again only when that changed.
let shown = {};
const draw = (part, value, render) => {
  const key = JSON.stringify(value);
  if (shown[part] === key) return;
  shown[part] = key;
  render();
};

const drawNumbers = () => {
  const { numbers } = app.state;
  $('number').parentElement.hidden = !numbers.length;
  $('no-number').hidden = numbers.length > 0;
  $('number').replaceChildren(...numbers.map((it) => el('option', { value: it.phone_number_id }, `${it.verified_name} · ${it.display_phone_number}`)));
  if (!numbers.some((it) => it.phone_number_id === app.number)) app.number = numbers[0]?.phone_number_id ?? '';
  $('number').value = app.number;
  app.business = numbers.find((it) => it.phone_number_id === app.number)?.verified_name ?? 'No number';
  const badge = icon('badge');
  badge.classList.add('badge');
  $('business').replaceChildren(app.business, app.number ? badge : '');
  $('business-avatar').textContent = [...app.business][0];
};

const choose = (customer) => {
  app.customer = customer;
  localStorage.setItem('meta.customer', JSON.stringify(customer));
  answer(null);
  refresh();
};

const drawChats = () => {
  const people = app.state.chats.map(({ customer, last }) => ({ customer, last }));
  const isShown = people.some(({ customer }) => keyOf(customer) === contact());
  if (app.customer && !isShown) people.unshift({ customer: app.customer, last: null });
  if (!app.customer && people.length) return choose(people[0].customer);
  const row = ({ customer, last }) => {
    const name = customer.name || customer.username || keyOf(customer);
    const id = customer.phone ? `+${customer.phone}` : `@${customer.username ?? customer.user_id}`;
    return el('button', {
      type: 'button', className: 'chat bare', role: 'listitem', onclick: () => choose(customer),
      aria: { current: String(keyOf(customer) === contact()) },
    }, avatar(name), el('span', { className: 'lines' },
      el('span', {}, el('strong', {}, name), el('small', {}, last && time(last.at))),
      el('small', { className: 'last' }, last ? summary(last.body) : id),
      last && el('small', {}, id)));
  };
  return $('chats').replaceChildren(...(people.length ? people.map(row) : [el('p', { className: 'hint panel-head' }, 'Nobody has a chat yet. Be a new customer.')]));
};

const drawWebhooks = ({ webhooks, pending, callback_url }) => {
  const bad = pending > 0 && webhooks.last_answer && !webhooks.last_answer.startsWith('200');
  $('webhooks').className = bad ? 'bad' : '';
  $('webhooks').textContent = bad
    ? `${callback_url} does not take webhooks (${webhooks.last_answer}); ${pending} waiting`
    : `${webhooks.delivered} webhooks delivered${pending ? `, ${pending} on their way` : ''}`;
};

const query = () => `number=${encodeURIComponent(app.number)}&contact=${encodeURIComponent(contact())}`;
const refresh = async () => {
  const asked = query();
  // What comes for another number or contact than are chosen by now is of no use.
  const isOutdated = () => asked !== query();
  try {
    const fresh = await call('GET', `state?${asked}`);
    if (isOutdated()) return;
    app.state = fresh;
  } catch {
    shown = {};
    $('webhooks').className = 'bad';
    $('webhooks').textContent = 'The simulator cannot be reached.';
    return;
  }
  const { state } = app;
  draw('numbers', [state.numbers, app.number], drawNumbers);
  if (isOutdated()) return void refresh();
  draw('chats', [state.chats, contact()], drawChats);
  draw('talk', [state.messages, contact(), state.catalogs, state.templates, state.blocked, state.typing], drawTalk);
  drawTools();
  drawWebhooks(state);
  $('presence').textContent = state.typing ? 'typing…' : app.number ? 'Business account' : '';
};
app.refresh = refresh;

$('number').onchange = (event) => {
  app.number = event.target.value;
  localStorage.setItem('meta.number', app.number);
  shown = {};
  refresh();
};

$('add-number').onclick = async () => {
  const given = await ask('Add a number', [
    { name: 'verified_name', label: 'Name', value: 'Lucky Shrub', required: true },
    { name: 'display_phone_number', label: 'Phone number', value: '+1 555-078-3881', required: true },
    { name: 'phone_number_id', label: 'Phone number ID', value: '106540352242922', pattern: '[0-9]+', required: true },
    { name: 'business_account_id', label: 'Business account ID', value: '419561257915477', pattern: '[0-9]+', required: true },
    { name: 'access_token', label: 'Access token', value: 'simulated-token', required: true },
  ], { button: 'Add' });
  if (!given) return;
  app.number = given.phone_number_id;
  await attempt(call('POST', 'numbers', given));
};

$('add-customer').onclick = async () => {
  const given = await ask('New customer', [
    { name: 'name', label: 'Name', value: 'Ana Paz', required: true },
    { name: 'phone', label: 'Phone number (none if it is hidden)', type: 'tel', value: '+52 1 55 1234 5678' },
    { name: 'username', label: 'Username (needed if the number is hidden)' },
    { name: 'both', type: 'checkbox', label: 'the business also gets the user id' },
  ], { button: 'Be this customer' });
  if (!given) return;
  const phone = given.phone.replace(/\D/g, '') || null;
  const username = given.username || (phone ? null : given.name.toLowerCase().replace(/\W+/g, ''));
  // One user id for the same name, so that it is the same person next time.
  const number = [...(username ?? given.name)].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 1e15, 7e14);
  const user_id = !phone || given.both || username ? `US.${number}` : null;
  choose({ name: given.name, phone, user_id, username });
};

startComposing();
startTools();
refresh();
setInterval(refresh, 1000);
