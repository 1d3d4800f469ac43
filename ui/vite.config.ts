import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// `npm run dev` talks to the mock server, or to a real one named in BELTWARDEN_URL.
const server = process.env.BELTWARDEN_URL ?? 'http://127.0.0.1:8791';

export default defineConfig({
  plugins: [svelte()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': { target: server, ws: true }, '/healthz': server } },
});
