// Pages live behind the hash, so that any file server will do and a link can be sent to a colleague.

export interface Route { page: string; id: string; query: URLSearchParams }

function read(): Route {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [page = '', id = ''] = path.split('/').map(decodeURIComponent);
  return { page: page || 'berths', id, query: new URLSearchParams(search) };
}

let route = $state<Route>(read());
window.addEventListener('hashchange', () => { route = read(); });

export const currentRoute = () => route;
export const href = (page: string, id = '', query: Record<string, string> = {}) => {
  const search = new URLSearchParams(query).toString();
  return `#/${page}${id ? '/' + encodeURIComponent(id) : ''}${search ? '?' + search : ''}`;
};
export function go(page: string, id = '', query: Record<string, string> = {}) { location.hash = href(page, id, query); }
