// Theme, copy buttons, keyboard. Pages work without any of it.
(() => {
  'use strict';
  const root = document.documentElement;
  const announce = text => {
    const place = document.querySelector('[data-announce]');
    if (place) {
      place.textContent = text;
    }
  };

  // the server reads the cookie, so that a page is never painted in the wrong theme first
  const themes = ['', 'light', 'dark'];
  const button = document.querySelector('[data-theme-switch]');
  if (button) {
    // in the language of the page
    const labels = { '': button.dataset.system, light: button.dataset.light,
      dark: button.dataset.dark };
    const show = () => { button.textContent = labels[root.dataset.theme] || labels['']; };
    button.hidden = false;
    show();
    button.addEventListener('click', () => {
      const next = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length];
      root.dataset.theme = next;
      document.cookie = 'theme=' + next + '; Path=/; SameSite=Lax; Max-Age='
        + (next ? 31536000 : 0);
      show();
      announce(labels[next]);
    });
  }

  const language = document.querySelector('[data-language]');
  if (language) {
    language.hidden = false;
    language.addEventListener('change', () => {
      document.cookie = 'language=' + language.value + '; Path=/; SameSite=Lax; Max-Age=31536000';
      location.reload();
    });
  }

  document.addEventListener('click', event => {
    const copy = event.target.closest('[data-copy]');
    if (!copy) {
      return;
    }
    const source = document.getElementById(copy.dataset.copy);
    const text = source.textContent;
    const done = () => {
      const said = copy.textContent;
      const copied = document.querySelector('[data-copied]')?.dataset.copied || 'OK';
      copy.textContent = copied;
      announce(copied);
      setTimeout(() => { copy.textContent = said; }, 1500);
    };
    const select = () => {
      const range = document.createRange();
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    };
    // over plain HTTP there is no clipboard API: then the text is selected, for Ctrl+C
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(done, select);
    } else {
      select();
      if (document.execCommand('copy')) {
        done();
      }
    }
  });

  const rows = () => [...document.querySelectorAll('table.linked a.whole')];
  document.addEventListener('keydown', event => {
    const typing = event.target.closest('input, textarea, select');
    if (event.key === 'Escape' && typing) {
      typing.blur();
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === '/') {
      const search = document.querySelector('input[type=search]');
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
    if (event.key === 'j' || event.key === 'k') {
      const all = rows();
      const at = all.indexOf(document.activeElement);
      const next = event.key === 'j' ? Math.min(at + 1, all.length - 1) : Math.max(at - 1, 0);
      if (all[next]) {
        all[next].focus();
      }
    }
  });
})();
