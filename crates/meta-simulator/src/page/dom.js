// The few things that every part of the page needs of the browser.

export const $ = (id) => document.getElementById(id);

const isThere = (child) => child !== null && child !== undefined && child !== false && child !== '';

export const el = (tag, props = {}, ...children) => {
  const { role, aria, data, ...rest } = props;
  const node = Object.assign(document.createElement(tag), rest);
  if (role) node.setAttribute('role', role);
  for (const [name, value] of Object.entries(aria ?? {})) node.setAttribute(`aria-${name}`, value);
  Object.assign(node.dataset, data ?? {});
  node.append(...children.flat(Infinity).filter(isThere));
  return node;
};

/// A colour that stays the same for the same words.
export const tint = (words) => `tint-${[...words].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6}`;

export const avatar = (name) => {
  const initials = name.split(/\s+/).map((word) => [...word][0] ?? '').slice(0, 2).join('').toUpperCase();
  return el('span', { className: `avatar ${tint(name)}`, ariaHidden: 'true' }, initials || '?');
};

export const time = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

let hideToast;
export const toast = (words) => {
  $('toast').textContent = words;
  $('toast').hidden = false;
  clearTimeout(hideToast);
  hideToast = setTimeout(() => { $('toast').hidden = true; }, 5000);
};

const input = (field) => {
  const { name, type = 'text', value, options, required = false, ...rest } = field;
  if (options) {
    return el('select', { name }, options.map((option) => {
      const [word, label] = Array.isArray(option) ? option : [option, option];
      return el('option', { value: word, selected: word === value }, label);
    }));
  }
  if (type === 'area') return el('textarea', { name, required, value: value ?? '' });
  if (type === 'file') return el('input', { name, type, required, ...rest });
  return el('input', { name, type, required, value: value ?? '', ...rest });
};

/// Asks for some values in a dialog. Answers none if it was closed without.
export const ask = (title, fields, { button = 'Send', hint } = {}) => new Promise((resolve) => {
  const dialog = $('dialog');
  const form = el('form', { method: 'dialog' },
    el('h2', {}, title),
    hint && el('p', { className: 'hint' }, hint),
    fields.map((field) => (field.type === 'checkbox'
      ? el('label', { className: 'check' }, el('input', { type: 'checkbox', name: field.name, checked: field.value ?? false }), field.label)
      : el('label', { className: 'field' }, field.label, input(field)))),
    el('div', { className: 'end' },
      el('button', { value: '', formNoValidate: true }, 'Cancel'),
      el('button', { className: 'primary', value: 'go' }, button)));
  dialog.replaceChildren(form);
  dialog.returnValue = '';
  dialog.onclose = () => resolve(dialog.returnValue === 'go' ? Object.fromEntries(new FormData(form)) : null);
  dialog.showModal();
  form.querySelector('input, select, textarea')?.focus();
});
