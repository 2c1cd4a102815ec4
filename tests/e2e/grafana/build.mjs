// node build.mjs NODE_MODULES FILE: the page that draws dashboards, as one script.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, file] = process.argv.slice(2);
const esbuild = await import(pathToFileURL(path.join(modules, 'esbuild/lib/main.js')));

// Grafana's modules take the default export of this CommonJS module, which Node's rules hide.
const SCROLLBARS = 'react-custom-scrollbars-2';
const scrollbars = {
  name: 'scrollbars',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${SCROLLBARS}$`) }, () => ({ path: SCROLLBARS, namespace: 'unwrapped' }));
    build.onLoad({ filter: /.*/, namespace: 'unwrapped' }, () => ({
      contents: `export { Scrollbars, Scrollbars as default } from '${SCROLLBARS}/lib/index.js';`,
      resolveDir: modules,
    }));
  },
};

await esbuild.build({
  entryPoints: [path.join(import.meta.dirname, 'page/draw.jsx')],
  outfile: file,
  bundle: true,
  format: 'iife',
  jsx: 'automatic',
  loader: { '.svg': 'text', '.ttf': 'empty', '.woff': 'empty', '.woff2': 'dataurl' },
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  nodePaths: [modules],
  plugins: [scrollbars],
  logLevel: 'error',
});
