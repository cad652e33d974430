// What Meta does with messages, what goes wrong with them, and what the program asked for.

import { app, attempt, call, contact } from './api.js';
import { $, el, toast } from './dom.js';
import { newsPanel } from './news.js';

const BEHAVIOURS = [
  ['refuse', 'is refused with an error code'], ['fail_later', 'is accepted, then fails with a code'],
  ['accept_then_fail', 'is accepted, but answered with HTTP 500'], ['accept_then_time_out', 'is accepted, but never answered'],
  ['bad_gateway', 'gets an HTML page with 502'], ['no_statuses', 'gets no statuses'], ['skip_delivered', 'goes from sent to read'],
  ['duplicate_statuses', 'gets every status twice'], ['reverse_statuses', 'gets its statuses backwards'],
  ['batch_statuses', 'gets all statuses at once'], ['statuses_first', 'gets statuses before the answer'], ['bare_statuses', 'gets bare statuses'],
];
const CODES = [
  [131026, 'undeliverable'], [131047, 'window closed'], [131049, 'marketing limit'], [131050, 'stopped marketing'], [131056, 'pair rate'],
  [130429, 'throughput'], [130403, 'blocked the business'], [131053, 'media'], [131000, 'something went wrong'], [190, 'token expired'], [131031, 'account locked'],
];
const withCode = (behaviour) => ['refuse', 'fail_later'].includes(behaviour);

const drawSettings = ({ settings }) => {
  const check = (name, label, checked) => el('label', { className: 'check' }, el('input', { type: 'checkbox', name, checked }), label);
  const steps = [['', 'no status'], ['sent', 'sent ✓'], ['delivered', 'delivered ✓✓'], ['read', 'read ✓✓ (blue)']];
  const form = el('form', {},
    el('div', { className: 'row' },
      el('label', { className: 'field' }, 'Messages get by themselves', el('select', { name: 'automatic' },
        steps.map(([value, label]) => el('option', { value, selected: value === (settings.automatic ?? '') }, label)))),
      el('label', { className: 'field' }, 'Delay between, in ms', el('input', { name: 'delay', type: 'number', min: 0, step: 100, value: settings.status_delay_ms }))),
    check('paused', 'hold back all answers of the API', settings.answers_paused),
    check('window', 'enforce the 24-hour window', settings.limits.window),
    check('pair_rate', 'enforce the pair rate (45, then 1 in 6 s)', settings.limits.pair_rate),
    check('throughput', 'enforce 80 messages a second', settings.limits.throughput));
  form.onsubmit = (event) => event.preventDefault();
  form.onchange = () => attempt(call('PUT', 'settings', {
    automatic: form.automatic.value || null,
    status_delay_ms: Number(form.delay.value),
    answers_paused: form.paused.checked,
    limits: { window: form.window.checked, pair_rate: form.pair_rate.checked, throughput: form.throughput.checked },
  }));
  return form;
};

const drawScripts = ({ scripts }) => {
  const words = Object.fromEntries(BEHAVIOURS);
  const rows = (scripts ?? []).map((script) => el('div', { className: 'script' },
    el('span', {}, `${script.times ? `The next ${script.times}` : 'Every one'} ${words[script.behaviour]}${withCode(script.behaviour) ? ` (${script.code})` : ''}`)));
  if (!rows.length) return [el('p', { className: 'hint' }, 'Nothing does.')];
  const clear = () => attempt(call('DELETE', `scripts/${encodeURIComponent(contact())}`));
  return [...rows, el('button', { type: 'button', onclick: clear }, 'Let all go well again')];
};

const scriptForm = () => {
  const code = el('label', { className: 'field' }, 'Code', el('input', { name: 'code', type: 'number', value: 131026 }));
  code.querySelector('input').setAttribute('list', 'codes');
  const form = el('form', {},
    el('label', { className: 'field' }, 'A message', el('select', { name: 'behaviour' }, BEHAVIOURS.map(([value, label]) => el('option', { value }, label)))),
    el('div', { className: 'row' }, code,
      el('label', { className: 'field' }, 'Times (empty: all)', el('input', { name: 'times', type: 'number', min: 1, value: 1 }))),
    el('button', { className: 'primary' }, 'Let it go wrong'),
    el('datalist', { id: 'codes' }, CODES.map(([value, label]) => el('option', { value }, label))));
  form.behaviour.onchange = () => { code.hidden = !withCode(form.behaviour.value); };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!contact()) return toast('Choose a customer first.');
    const [behaviour, number] = [form.behaviour.value, Number(form.code.value)];
    const statuses = { refuse: number === 190 ? 401 : 400, accept_then_fail: 500 };
    return attempt(call('POST', 'scripts', {
      to: contact(), behaviour, code: number, status: statuses[behaviour], times: form.times.value ? Number(form.times.value) : null,
    }));
  };
  return form;
};

const drawRequests = ({ requests }) => {
  if (!requests.length) return [el('p', { className: 'hint' }, 'The program asked for nothing yet.')];
  const what = ({ path, body }) => {
    const words = `${path}${body?.type ? ` (${body.type})` : ''}${body?.status ? ` (${body.status})` : ''}`;
    return body ? el('details', {}, el('summary', {}, words), el('pre', {}, JSON.stringify(body, null, 2))) : words;
  };
  return [el('table', {}, el('tbody', {}, requests.map((it) => el('tr', {},
    el('td', {}, it.method), el('td', {}, what(it)),
    el('td', { className: it.status === 200 ? 'good' : 'bad' }, `${it.status ?? 'no answer'}`),
    el('td', {}, new Date(it.at).toLocaleTimeString())))))];
};

const drawHealth = ({ health, blocked, marketing_stopped }) => {
  const facts = [
    ['Quality', health.quality_rating], ['Status', health.status], ['Display name', health.name_status],
    ['Limit', health.messaging_limit], ['Throughput', health.throughput_level],
    ['This customer', [blocked && 'blocked', marketing_stopped && 'no marketing'].filter(Boolean).join(', ') || 'all well'],
  ];
  return [el('dl', { className: 'facts' }, facts.map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]).flat())];
};

/// Each tab: its parts, and of what in the state each is drawn. What is drawn of nothing stays.
const TABS = {
  Delivery: [
    ['How messages fare', (state) => ({ settings: state.settings }), drawSettings],
    ['What goes wrong with messages to this customer', (state) => ({ scripts: state.scripts }), drawScripts],
    ['', () => null, scriptForm],
    ['The number, as Meta sees it', ({ health, blocked, marketing_stopped }) => ({ health, blocked, marketing_stopped }), drawHealth],
  ],
  News: [['', () => null, newsPanel]],
  Requests: [['', (state) => ({ requests: state.requests }), drawRequests]],
};

let open = 'Delivery';
let parts = [];

const show = (name) => {
  open = name;
  for (const tab of $('tabs').children) tab.setAttribute('aria-selected', String(tab.textContent === name));
  parts = TABS[name].map(([title, select, draw]) => {
    const box = el('div');
    return { box, title, select, draw, shown: undefined };
  });
  $('panel').replaceChildren(...parts.flatMap(({ title, box }) => (title ? [el('h2', {}, title), box] : [box])));
  drawTools();
};

export const drawTools = () => {
  if (!app.state) return;
  for (const part of parts) {
    const selected = part.select(app.state);
    const key = JSON.stringify(selected);
    // A form in use is not pulled from under the hands.
    if (part.shown === key) continue;
    part.shown = key;
    part.box.replaceChildren(...[part.draw(selected ?? app.state)].flat());
  }
};

export const startTools = () => {
  $('tabs').append(...Object.keys(TABS).map((name) => el('button', { type: 'button', role: 'tab', onclick: () => show(name) }, name)));
  show(open);
};
