/** The search of the site. The index is loaded when the field gets the focus. */
const script = document.currentScript;
const root = script.dataset.root;
const field = document.querySelector('input[type="search"]');
const list = document.querySelector('#found');
const FOUND_MAX = 12;

// On a narrow screen the list of pages would be all that one sees.
if (matchMedia('(max-width: 60rem)').matches) {
  document.querySelector('nav details').open = false;
}

let index;

function load() {
  index ??= new Promise((resolve, reject) => {
    const source = document.createElement('script');
    source.src = `${root}search-index.js`;
    source.onload = () =>
      resolve(
        globalThis.MiniSearch.loadJSON(globalThis.searchIndex, {
          fields: ['title', 'text'],
          storeFields: ['title', 'page'],
        }),
      );
    source.onerror = reject;
    document.head.append(source);
  });
  return index;
}

async function show() {
  const wanted = field.value.trim();
  const search = await load();
  if (wanted !== field.value.trim()) return;
  const found = search.search(wanted, {
    boost: { title: 3 },
    prefix: true,
    fuzzy: 0.2,
    combineWith: 'AND',
  });
  list.replaceChildren(...found.slice(0, FOUND_MAX).map(item));
  if (wanted !== '' && found.length === 0) list.append(nothing());
  list.hidden = wanted === '';
}

function item({ id, title, page }) {
  const link = document.createElement('a');
  link.href = root + id;
  link.textContent = title === page ? title : `${page}: ${title}`;
  const entry = document.createElement('li');
  entry.append(link);
  return entry;
}

function nothing() {
  const entry = document.createElement('li');
  entry.textContent = 'Nothing found';
  return entry;
}

field.addEventListener('focus', load);
field.addEventListener('input', show);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') list.hidden = true;
  if (event.key !== '/' || event.target === field) return;
  event.preventDefault();
  field.focus();
});
