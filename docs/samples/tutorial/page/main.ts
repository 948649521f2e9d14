/** The tutorial's page: the books that are available, as they change. */
// #region page
import { createClient } from 'ledge/client';
import type { app } from '../app.ts';

const client = createClient<typeof app>({ url: location.origin });
const list = document.querySelector('ul');
const form = document.querySelector('form');

form?.addEventListener('submit', async (submit) => {
  submit.preventDefault();
  const title = String(new FormData(form).get('title'));
  await client.book(crypto.randomUUID()).addBook({ title });
  form.reset();
});

for await (const rows of client.live('books', { status: 'available' })) {
  list?.replaceChildren(
    ...rows.map(({ title }) => {
      const item = document.createElement('li');
      item.textContent = title;
      return item;
    }),
  );
}
// #endregion
