// The queries of a panel, and Prometheus' answers as Grafana's data frames.
import { FieldType, toDataFrame } from '@grafana/data';

const SCRAPE_INTERVAL = 15; // seconds, Grafana's default for a data source

export function filled(text, variables) {
  return text.replace(/\$\{?(\w+)(?::\w+)?\}?/g, (whole, name) => variables[name] ?? whole);
}

async function ask(path, parameters) {
  const answer = await fetch(`/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  const { status, error, data } = await answer.json();
  if (status !== 'success') throw new Error(`${error}: ${parameters.query}`);
  return data.result;
}

// Grafana asks at multiples of the step.
function rangeParameters(panel, now, seconds, width) {
  const least = panel.interval === '1d' ? 86400 : 1;
  const step = Math.max(least, Math.ceil(seconds / width));
  const aligned = (time) => Math.floor(time / step) * step;
  return { start: aligned(now - seconds), end: aligned(now), step };
}

function tableFrame(target, series, single) {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return {
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: series.map(({ value }) => value[0] * 1000) },
      ...labels.map((name) => ({ name, type: FieldType.string, values: series.map(({ metric }) => metric[name] ?? '') })),
      {
        name: single ? 'Value' : `Value #${target.refId}`,
        type: FieldType.number,
        values: series.map(({ value }) => Number(value[1])),
      },
    ],
  };
}

function seriesFrame(target, { metric, values, value }) {
  const points = values ?? [value];
  const legend = target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '');
  return {
    refId: target.refId,
    name: legend,
    fields: [
      { name: 'Time', type: FieldType.time, values: points.map(([time]) => time * 1000) },
      {
        name: 'Value',
        type: FieldType.number,
        labels: metric,
        values: points.map(([, number]) => Number(number)),
        config: legend ? { displayNameFromDS: legend } : {},
      },
    ],
  };
}

async function framesOf(target, panel, variables, now, seconds, width) {
  const range = rangeParameters(panel, now, seconds, width);
  const interval = variables.__rate_interval ?? `${Math.max(range.step + SCRAPE_INTERVAL, 4 * SCRAPE_INTERVAL)}s`;
  const query = filled(target.expr, { ...variables, __rate_interval: interval });
  const series = target.instant ? await ask('query', { query, time: now }) : await ask('query_range', { query, ...range });
  if (target.format !== 'table') return series.map((each) => seriesFrame(target, each));
  return series.length ? [tableFrame(target, series, panel.targets.length === 1)] : [];
}

// {frames, error}
export async function dataOf(panel, variables, now, seconds, width) {
  const targets = panel.targets ?? [];
  try {
    const frames = await Promise.all(targets.map((target) => framesOf(target, panel, variables, now, seconds, width)));
    return { frames: frames.flat().map(toDataFrame) };
  } catch (error) {
    return { frames: [], error: String(error) };
  }
}
