// Theme, copy buttons, keyboard, what moves. Pages work without any of it.
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

  // the palette: fetched when it is first asked for, in the page's language
  let loading = null;
  let went = 0;
  const dialogs = () => {
    loading = loading || fetch('/palette', { headers: { 'HX-Request': 'true' } })
      .then(answer => answer.ok ? answer.text() : Promise.reject(answer.status))
      .then(html => {
        document.body.insertAdjacentHTML('beforeend', html);
        wire(document.getElementById('palette'));
      });
    loading.catch(() => { loading = null; });
    return loading;
  };
  const palette = id => dialogs().then(() => {
    const dialog = document.getElementById(id);
    if (!document.querySelector('dialog[open]')) {
      dialog.showModal();
    }
  }, () => {});
  const jump = key => dialogs().then(() => {
    const to = [...document.querySelectorAll('[data-keys]')].find(a => a.dataset.keys === 'g ' + key);
    if (to) {
      location.assign(to.href);
    }
  }, () => {});
  const wire = dialog => {
    const input = dialog.querySelector('input');
    const list = dialog.querySelector('[role=listbox]');
    const count = dialog.querySelector('[data-palette-count]');
    const options = () => [...list.children];
    const chosen = () => options().find(o => o.getAttribute('aria-selected') === 'true');
    const choose = option => {
      options().forEach(o => o.setAttribute('aria-selected', o === option));
      if (option) {
        input.setAttribute('aria-activedescendant', option.id);
        option.scrollIntoView({ block: 'nearest' });
      } else {
        input.removeAttribute('aria-activedescendant');
      }
    };
    const open = option => option && location.assign(option.dataset.path);
    let asked = 0;
    let wait = 0;
    const ask = () => {
      const now = ++asked;
      fetch('/palette?q=' + encodeURIComponent(input.value.trim()), { headers: { 'HX-Request': 'true' } })
        .then(answer => answer.ok ? answer.text() : '').then(html => {
          if (now === asked) {
            list.innerHTML = html;
            choose(options()[0]);
            count.textContent = options().length === 0 ? count.dataset.none
              : count.dataset.some + options().length;
          }
        }, () => {});
    };
    input.addEventListener('input', () => {
      clearTimeout(wait);
      wait = setTimeout(ask, 80);
    });
    input.addEventListener('keydown', event => {
      const all = options();
      const at = all.indexOf(chosen());
      const to = { ArrowDown: Math.min(at + 1, all.length - 1), ArrowUp: Math.max(at - 1, 0) }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        choose(all[to]);
      } else if (event.key === 'Enter') {
        event.preventDefault();
        open(chosen());
      }
    });
    list.addEventListener('click', event => open(event.target.closest('[role=option]')));
    dialog.addEventListener('click', event => {
      if (event.target === dialog) {
        dialog.close();
      }
    });
    choose(options()[0]);
  };
  const opener = document.querySelector('[data-palette]');
  if (opener) {
    opener.hidden = false;
    opener.addEventListener('click', () => palette('palette'));
    document.addEventListener('keydown', event => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
          && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        palette('palette');
      }
    });
  }

  // what moves by itself: one stream for the page, closed while nobody looks
  const from = document.querySelector('[data-live-from]');
  if (from && window.EventSource) {
    let stream = null;
    const lamp = document.querySelector('[data-live-lamp]');
    const shine = on => {
      if (lamp) {
        lamp.hidden = !on;
      }
    };
    const tell = event => {
      const now = JSON.parse(event.data);
      if (from.dataset.never && !now.never) {
        location.reload();
        return;
      }
      for (const place of document.querySelectorAll('[data-live]')) {
        const text = now.texts[place.dataset.live];
        if (text !== undefined && place.textContent !== text) {
          place.textContent = text;
        }
      }
      const health = document.querySelector('[data-health]');
      if (health) {
        health.className = 'health ' + now.health.tone;
        for (const part of ['word', 'cause', 'rest']) {
          const place = health.querySelector('[data-health-' + part + ']');
          if (place.textContent !== now.health[part]) {
            place.textContent = now.health[part];
          }
        }
        const why = health.querySelector('[data-health-path]');
        why.href = now.health.path;
        why.hidden = !now.health.path;
        health.querySelector('[data-health-word]').className = 'pill ' + now.health.tone;
      }
    };
    const listen = () => {
      if (document.hidden) {
        if (stream) {
          stream.close();
          stream = null;
        }
      } else if (!stream) {
        stream = new EventSource(from.dataset.liveFrom);
        stream.addEventListener('now', tell);
        stream.addEventListener('open', () => shine(true));
        stream.addEventListener('error', () => shine(false));
      }
    };
    document.addEventListener('visibilitychange', listen);
    addEventListener('pagehide', () => stream && stream.close());
    listen();
  }

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
    if (event.key === '?') {
      event.preventDefault();
      palette('keys');
    }
    if (event.key === 'g') {
      went = Date.now();
    } else if (Date.now() - went < 1500) {
      went = 0;
      jump(event.key);
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
