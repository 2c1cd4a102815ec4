// draw(order) draws a dashboard and returns what is wrong with each of its panels.
import '@fontsource/inter/latin-400.css';
import '@fontsource/inter/latin-500.css';
import { createTheme, dateTime, EventBusSrv, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelContextProvider } from '@grafana/ui';
import { createRoot } from 'react-dom/client';

import { faults } from './faults.js';
import { registerAll } from './options.js';
import { Panel } from './panel.jsx';
import { dataOf } from './prometheus.js';

const COLUMNS = 24;
const ROW_HEIGHT = 30;
const GAP = 8;
const PATIENCE = 10000; // milliseconds
const PANEL_CONTEXT = { eventsScope: 'global', eventBus: new EventBusSrv() };

registerAll();
let earlier; // the root of the dashboard that was drawn before

function place({ x, y, w, h }, width) {
  const column = (width - GAP) / COLUMNS;
  const row = ROW_HEIGHT + GAP;
  return { left: x * column + GAP, top: y * row + GAP, width: w * column - GAP, height: h * row - GAP };
}

function rangeOf(now, seconds) {
  const from = dateTime((now - seconds) * 1000);
  const to = dateTime(now * 1000);
  return { from, to, raw: { from, to } };
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Graphs are painted some frames after the rest.
async function settled(graphs) {
  await document.fonts.ready;
  for (let wait = 0; wait < PATIENCE && graphs.some((id) => !panelElement(id)?.querySelector('canvas')); wait += 100) {
    await sleep(100);
  }
  await sleep(300);
}

function panelElement(id) {
  return document.getElementById(`panel-${id}`);
}

// order: dashboard, variables, theme (light or dark), width (pixels), seconds (shown, until now)
window.draw = async ({ dashboard, variables, theme: mode, width, seconds }) => {
  const theme = createTheme({ colors: { mode } });
  const now = Date.now() / 1000;
  const drawn = await Promise.all(
    dashboard.panels.map(async (panel) => {
      const days = panel.timeFrom ? Number.parseInt(panel.timeFrom, 10) : 0;
      const shown = days ? days * 86400 : seconds;
      const range = rangeOf(now, shown);
      const size = place(panel.gridPos, width);
      return { panel, range, size, ...(await dataOf(panel, variables, now, shown, size.width)) };
    }),
  );
  const height = Math.max(...drawn.map(({ size }) => size.top + size.height)) + GAP;
  const page = { position: 'relative', width, height, background: theme.colors.background.canvas };
  earlier?.unmount();
  const root = document.createElement('div');
  document.body.replaceChildren(root);
  earlier = createRoot(root);
  earlier.render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <PanelContextProvider value={PANEL_CONTEXT}>
        <div style={page}>
          {drawn.map((each) => (
            <div key={each.panel.id} id={`panel-${each.panel.id}`} style={{ position: 'absolute', ...each.size }}>
              <Panel {...each} theme={theme} variables={variables} />
            </div>
          ))}
        </div>
      </PanelContextProvider>
    </ThemeContext.Provider>,
  );
  const graphs = drawn.filter(({ panel, frames }) => panel.type === 'timeseries' && frames.length);
  await settled(graphs.map(({ panel }) => panel.id));
  return drawn
    .filter(({ panel }) => panel.type !== 'row')
    .map(({ panel, error, frames }) => ({
      title: panel.title,
      empty: !frames.some((frame) => frame.length),
      faults: [...(error ? [error] : []), ...faults(panelElement(panel.id))],
    }));
};
