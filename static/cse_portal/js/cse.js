// Small comforts; every page works without them.
(() => {
  'use strict';
  document.documentElement.classList.add('js');
  const text = JSON.parse(document.getElementById('cse-words')?.textContent || '{}');

  // Errors: the summary takes focus.
  document.querySelector('[data-focus]')?.focus();

  // Passwords: show and hide.
  for (const row of document.querySelectorAll('[data-show-password]')) {
    const input = row.querySelector('input');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn sec-b';
    const paint = () => {
      const hidden = input.type === 'password';
      button.textContent = hidden ? text.show : text.hide;
      button.setAttribute('aria-label', hidden ? text.showPassword : text.hidePassword);
    };
    button.addEventListener('click', () => {
      input.type = input.type === 'password' ? 'text' : 'password';
      paint();
    });
    input.form?.addEventListener('submit', () => { input.type = 'password'; });
    paint();
    row.append(button);
  }

  // Forms: one press, one post.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('[data-once]')) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = '1';
    const button = event.submitter;
    if (!button) return;
    button.dataset.word = button.innerHTML;
    button.setAttribute('aria-disabled', 'true');
    button.textContent = button.dataset.busy || text.saving;
  });
  // A page taken back from the browser's history is ready to be sent again.
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll('[data-sent]')) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll('[aria-disabled]')) {
        button.removeAttribute('aria-disabled');
        button.innerHTML = button.dataset.word;
      }
    }
  });

  // Menus: Escape or a click elsewhere closes them.
  const menus = () => document.querySelectorAll('details.acct[open], details.mtop[open]');
  document.addEventListener('click', (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of menus()) { menu.open = false; menu.querySelector('summary').focus(); }
  });

  // Lists of choices: "select all" of a table.
  for (const all of document.querySelectorAll('[data-select-all]')) {
    const boxes = all.closest('form').querySelectorAll(`input[name="${all.dataset.selectAll}"]`);
    all.hidden = false;
    all.addEventListener('change', () => boxes.forEach((box) => { box.checked = all.checked; }));
  }

  // What only a script can do is shown only with one; passkeys also need a host name, not a bare address.
  for (const thing of document.querySelectorAll('[data-needs-script]')) thing.hidden = !window.PublicKeyCredential || /^[0-9.]+$|:/.test(location.hostname);

  // Print buttons.
  for (const button of document.querySelectorAll('[data-print]')) {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  }
})();
