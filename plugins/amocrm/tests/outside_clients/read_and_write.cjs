// amocrm-js against the local server: lists tasks and deals to the end, changes one of each, refreshes its tokens.
// Called with port, client id, secret, redirect address and an authorisation code; prints what it read as JSON.
'use strict';

const http = require('http');
const https = require('https');

const [port, clientId, clientSecret, redirectUri, code] = process.argv.slice(2);

// The client knows hosts of amoCRM only, by https: send everything to this machine instead.
https.request = (options, answered) =>
  http.request({ ...options, hostname: '127.0.0.1', port, headers: { ...options.headers, Host: options.hostname } }, answered);

const { Client } = require('amocrm-js');

const client = new Client({
  domain: 'fake.amocrm.ru',
  auth: { client_id: clientId, client_secret: clientSecret, redirect_uri: redirectUri, code },
});

async function all(name, parameters) {
  const rows = [];
  for (let page = 1; ; page += 1) {
    const { data } = await client.request.get(`/api/v4/${name}`, { ...parameters, limit: 50, page, order: { id: 'asc' } });
    if (!data._embedded) return rows;
    rows.push(...data._embedded[name]);
  }
}

async function main() {
  const tasks = await all('tasks', { filter: { is_completed: 0 } });
  const first = client.token.getValue();
  await client.token.refresh();
  const second = client.token.getValue();
  const leads = await all('leads', { with: 'contacts' });
  const changed = await client.request.patch(`/api/v4/tasks/${tasks[0].id}`, { text: 'Из amocrm-js' });
  const priced = await client.request.patch('/api/v4/leads', [{ id: leads[0].id, price: 4242 }]);
  const found = await client.leads.getById(leads[0].id);
  process.stdout.write(JSON.stringify({
    tasks,
    leads,
    changed: changed.data,
    priced: priced.data,
    price: found.price,
    refreshed: first.refresh_token !== second.refresh_token,
  }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
