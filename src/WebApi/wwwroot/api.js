// The service's own API, with the key where one was given. The key lives in this tab's session storage.

const KEY = "torch2jax.key";
const PATIENCE_MS = 10_000;

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (text) => (text ? sessionStorage.setItem(KEY, text) : sessionStorage.removeItem(KEY)),
};

// Signing in leaves the key in a cookie too, which no script can take away but the service can.
export async function signOut() {
  key.set("");
  await fetch("/session", { method: "POST", redirect: "manual", body: new URLSearchParams({ key: "", to: "/" }) });
}

// An answer of the service that is an error; its problem document says what was wrong.
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? body?.error ?? `The service answered ${status}.`);
    this.status = status;
    this.code = body?.code ?? `http_${status}`;
    this.path = body?.path ?? null;
    this.traceId = body?.traceId ?? null;
    this.parts = body?.parts ?? null;
  }
}

// No answer at all.
export class Away extends Error {}

async function request(path, options, patience) {
  const headers = { Accept: "application/json", ...options.headers };
  if (key.get()) headers.Authorization = `Bearer ${key.get()}`;
  let response, text;
  try {
    response = await fetch(path, { ...options, headers, signal: patience ? AbortSignal.timeout(patience) : undefined });
    text = await response.text();
  } catch {
    throw new Away("The service does not answer.");
  }

  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    if (response.ok) throw new Away("The answer is not JSON: something else answers at this address.");
  }

  if (!response.ok) throw new Problem(response.status, body);
  return { body, text };
}

export const get = async (path) => (await request(path, {}, PATIENCE_MS)).body;

// A call may take as long as the service lets it.
export const post = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body });

export const functionPath = (reference) => `/api/functions/${encodeURIComponent(reference)}`;
