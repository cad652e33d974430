// What Meta has to say besides messages, and what the owner does on the phone.

import { announce, app, attempt, call, contact } from './api.js';
import { ask, el, toast } from './dom.js';

const post = (path, body) => attempt(call('POST', path, { phone_number_id: app.number, ...body }));
const text = (name, label, value, more = {}) => ({ name, label, value, required: true, ...more });
const TIERS = ['TIER_250', 'TIER_1K', 'TIER_2K', 'TIER_10K', 'TIER_100K', 'TIER_UNLIMITED'];
const template = () => [text('name', 'Template', app.state.templates[0]?.name ?? 'order_ready'), text('language', 'Language', app.state.templates[0]?.language ?? 'en_US')];
const someone = () => {
  if (!app.customer) toast('Choose a customer first.');
  return app.customer;
};
/// Asks, and announces what was said together with what is sure.
const tell = (title, fields, finish) => async () => {
  const given = await ask(title, fields(), { button: 'Announce' });
  if (given) announce(finish(given));
};
const ofCustomer = (action) => () => { if (someone()) action(); };

const now = () => new Date().toISOString();
const past = (days) => new Date(Date.now() - days * 864e5).toISOString();
const history = () => ({
  phase: 1, chunk_order: 1, progress: 100,
  threads: [{
    customer: app.customer,
    messages: [
      { at: past(3), status: 'pending', content: { type: 'text', body: 'Do you still have the small cactus?' } },
      { from_me: true, at: past(2.9), status: 'read', content: { type: 'text', body: 'Yes! Shall I put one aside for you?' } },
      { at: past(2.8), status: 'pending', content: { type: 'text', body: 'Yes please 🌵' } },
    ],
  }],
});
const PLANTS = [['SKU1', 'Golden barrel cactus', 24.5], ['SKU2', 'Aloe vera', 12], ['SKU3', 'String of pearls', 18.9], ['SKU4', 'Terracotta pot', 7.25]];
const sampleCatalog = () => ({
  id: '194836987003835',
  business_account_id: business().business_account_id,
  products: PLANTS.map(([retailer_id, name, price]) => ({ retailer_id, name, price, currency: 'USD', image_url: null })),
});
const business = () => app.state.numbers.find((number) => number.phone_number_id === app.number);

const GROUPS = [
  ['The owner’s phone', [
    ['Owner types a message', 'smb_message_echoes', ofCustomer(async () => {
      const given = await ask('The owner types', [text('body', 'Text', 'I have put one aside for you.')]);
      if (given) post('echoes', { customer: app.customer, content: { type: 'text', body: given.body } });
    })],
    ['History is imported', 'history', ofCustomer(() => post('history', { history: history() }))],
    ['History is declined', 'history', () => post('history', { history: null })],
    ['Address book is synced', 'smb_app_state_sync', ofCustomer(() => post('contacts', {
      changes: [{ full_name: app.customer.name, first_name: app.customer.name.split(' ')[0], phone_number: app.customer.phone ?? contact() }],
    }))],
  ]],
  ['This customer', [
    ['Stops marketing', 'user_preferences', ofCustomer(() => announce({ kind: 'user_preferences', customer: app.customer, value: 'stop' }))],
    ['Resumes marketing', 'user_preferences', ofCustomer(() => announce({ kind: 'user_preferences', customer: app.customer, value: 'resume' }))],
    ['Changes the number', 'system', ofCustomer(tell('A new number', () => [text('phone', 'Digits with country code', '12195555358', { pattern: '[0-9]{7,15}' })], ({ phone }) => {
      const announcement = { kind: 'user_changed_number', customer: app.customer, phone };
      app.customer = { ...app.customer, phone };
      return announcement;
    }))],
    ['Gets a new user id', 'user_id_update', ofCustomer(tell('A new user id', () => [text('user_id', 'User id', 'US.29847561203948576612')], ({ user_id }) => {
      const announcement = { kind: 'user_id_update', customer: app.customer, user_id, parent_user_id: null };
      app.customer = { ...app.customer, user_id };
      return announcement;
    }))],
    ['Has a new identity', 'system', ofCustomer(() => announce({ kind: 'customer_identity_changed', customer: app.customer, hash: 'DF2lS5v2W6x=' }))],
  ]],
  ['The number', [
    ['Limit or throughput', 'phone_number_quality_update', tell('Limit or throughput', () => [
      { name: 'event', label: 'Event', options: ['ONBOARDING', 'THROUGHPUT_UPGRADE', 'FLAGGED', 'UNFLAGGED', 'DOWNGRADE', 'UPGRADE'] },
      { name: 'current_limit', label: 'Limit', options: TIERS, value: 'TIER_2K' },
    ], (given) => ({ kind: 'phone_number_quality_update', ...given }))],
    ['Display name', 'phone_number_name_update', tell('Display name', () => [
      { name: 'decision', label: 'Decision', options: ['APPROVED', 'DECLINED', 'DEFERRED'] },
      text('requested_verified_name', 'Name', business()?.verified_name),
    ], (given) => ({ kind: 'phone_number_name_update', ...given }))],
    ['Quality and status', 'read by programs', async () => {
      const known = app.state.health;
      const pick = (name, label, options) => ({ name, label, options, value: known[name] });
      const given = await ask('Quality and status', [
        pick('quality_rating', 'Quality', ['GREEN', 'YELLOW', 'RED', 'UNKNOWN']),
        pick('status', 'Status', ['CONNECTED', 'PENDING', 'FLAGGED', 'RESTRICTED', 'BANNED']),
        pick('name_status', 'Display name', ['APPROVED', 'PENDING_REVIEW', 'DECLINED', 'EXPIRED', 'NONE']),
        pick('code_verification_status', 'Verification', ['VERIFIED', 'NOT_VERIFIED', 'EXPIRED']),
        pick('throughput_level', 'Throughput', ['STANDARD', 'HIGH', 'NOT_APPLICABLE']),
        pick('messaging_limit', 'Limit', TIERS),
      ], { button: 'Save', hint: 'The program sees it when it asks; nothing is announced.' });
      if (given) attempt(call('PUT', `numbers/${app.number}/health`, given));
    }],
    ['Token', 'ends or lasts', async () => {
      const given = await ask('Access token', [
        text('access_token', 'Token', business()?.access_token),
        { name: 'when', label: 'It', options: [['now', 'has ended'], ['hour', 'ends in an hour'], ['never', 'never ends']] },
      ], { button: 'Save' });
      const ends = { now: now(), hour: new Date(Date.now() + 36e5).toISOString(), never: null };
      if (given) attempt(call('POST', 'tokens', { access_token: given.access_token, expires_at: ends[given.when] }));
    }],
    ['Rate limit hit', 'errors', () => announce({ kind: 'errors', code: 130429 })],
  ]],
  ['The account', [
    ['Is disabled', 'account_update', () => announce({ kind: 'account_update', event: 'DISABLED_UPDATE', details: { ban_info: { waba_ban_state: 'DISABLE', waba_ban_date: new Date().toDateString() } } })],
    ['Is reinstated', 'account_update', () => announce({ kind: 'account_update', event: 'DISABLED_UPDATE', details: { ban_info: { waba_ban_state: 'REINSTATE', waba_ban_date: new Date().toDateString() } } })],
    ['Is restricted', 'account_update', () => announce({ kind: 'account_update', event: 'ACCOUNT_RESTRICTION', details: { restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: Math.round(Date.now() / 1000) + 86400 }] } })],
    ['Broke a rule', 'account_update', () => announce({ kind: 'account_update', event: 'ACCOUNT_VIOLATION', details: { violation_info: { violation_type: 'ADULT' } } })],
    ['Gets a warning', 'account_alerts', () => announce({ kind: 'account_alerts', alert_severity: 'WARNING', alert_status: 'ACTIVE', alert_type: 'INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED', alert_description: 'Limits cannot be increased for your business yet.' })],
    ['May write to more', 'business_capability_update', () => announce({ kind: 'business_capability_update', max_daily_conversations_per_business: 2000, max_phone_numbers_per_waba: 25 })],
  ]],
  ['Templates and catalog', [
    ['Template status', 'message_template_status_update', tell('Template status', () => [...template(),
      { name: 'event', label: 'Status', options: ['APPROVED', 'REJECTED', 'PAUSED', 'DISABLED', 'PENDING_DELETION'] }, { name: 'reason', label: 'Reason', value: 'NONE' },
    ], (given) => ({ kind: 'message_template_status_update', ...given, reason: given.reason || null }))],
    ['Template quality', 'message_template_quality_update', tell('Template quality', () => [...template(),
      { name: 'previous_quality_score', label: 'Before', options: ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'] },
      { name: 'new_quality_score', label: 'Now', options: ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'], value: 'YELLOW' },
    ], (given) => ({ kind: 'message_template_quality_update', ...given }))],
    ['Template category', 'template_category_update', tell('Template category', () => [...template(),
      { name: 'previous_category', label: 'Before', options: ['UTILITY', 'MARKETING', 'AUTHENTICATION'] },
      { name: 'new_category', label: 'Now', options: ['UTILITY', 'MARKETING', 'AUTHENTICATION'], value: 'MARKETING' },
    ], (given) => ({ kind: 'template_category_update', ...given }))],
    ['Define a template', 'known to the simulator', async () => {
      const given = await ask('Define a template', [text('name', 'Name', 'order_ready'), text('language', 'Language', 'en_US'),
        { name: 'category', label: 'Category', options: ['UTILITY', 'MARKETING', 'AUTHENTICATION'] },
        { name: 'components', label: 'Components, as Meta writes them', type: 'area', required: true, value: JSON.stringify([
          { type: 'BODY', text: 'Hello {{1}}, your order is ready.' }, { type: 'FOOTER', text: 'Lucky Shrub' },
          { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Thanks' }] }], null, 1) },
      ], { button: 'Define' });
      if (!given) return;
      try {
        await attempt(call('POST', 'templates', { ...given, components: JSON.parse(given.components), business_account_id: business().business_account_id }));
      } catch (error) {
        toast(error.message);
      }
    }],
    ['Connect a sample catalog', 'four plants', () => attempt(call('POST', 'catalogs', sampleCatalog()))],
  ]],
];

export const newsPanel = () => GROUPS.map(([title, items]) => [
  el('h2', {}, title),
  el('div', { className: 'news' }, items.map(([label, field, onclick]) => el('button', {
    type: 'button',
    onclick: () => (app.number ? onclick() : toast('Choose a business number first.')),
  }, label, el('small', {}, field)))),
]).flat();
