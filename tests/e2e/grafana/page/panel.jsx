// One panel in its frame: Grafana's own table, time series or stat.
import { applyFieldOverrides, getFieldDisplayValues, transformDataFrame } from '@grafana/data';
import { BigValue, PanelChrome, Table, TimeSeries, VizRepeater } from '@grafana/ui';
import { Component, useEffect, useState } from 'react';

import { fieldOptions } from './options.js';
import { filled } from './prometheus.js';

const TIME_ZONE = 'utc';

function configured(panel, frames, theme) {
  const mode = panel.type === 'timeseries' ? 'palette-classic' : 'thresholds';
  const defaults = { color: { mode }, ...panel.fieldConfig.defaults };
  return applyFieldOverrides({
    data: frames,
    fieldConfig: { ...panel.fieldConfig, defaults },
    replaceVariables: (text) => text,
    timeZone: TIME_ZONE,
    fieldConfigRegistry: fieldOptions,
    theme,
  });
}

function Stat({ panel, data, theme, width, height }) {
  const { colorMode, graphMode, textMode, reduceOptions, orientation = 'auto' } = panel.options;
  const values = () =>
    getFieldDisplayValues({
      fieldConfig: panel.fieldConfig,
      replaceVariables: (text) => text,
      timeZone: TIME_ZONE,
      reduceOptions,
      theme,
      data,
    });
  const value = ({ value: { display }, width, height, count }) => (
    <BigValue {...{ value: display, width, height, theme, count, colorMode, graphMode, textMode }} justifyMode="auto" />
  );
  return (
    <VizRepeater
      getValues={values}
      renderValue={value}
      source={data}
      autoGrid
      renderCounter={0}
      {...{ width, height, orientation }}
    />
  );
}

const KINDS = {
  stat: Stat,
  table: ({ panel, data, range, width, height }) => (
    <Table
      data={data[0]}
      fieldConfig={panel.fieldConfig}
      initialSortBy={panel.options.sortBy}
      cellHeight={panel.options.cellHeight}
      timeRange={range}
      enableSharedCrosshair={false}
      {...{ width, height }}
    />
  ),
  timeseries: ({ panel, data, range, width, height }) => (
    <TimeSeries
      frames={data}
      timeRange={range}
      timeZone={TIME_ZONE}
      legend={panel.options.legend}
      options={panel.options}
      {...{ width, height }}
    />
  ),
};

// Grafana shows an error in the panel; `faults` finds it by its class.
class Guard extends Component {
  state = {};

  static getDerivedStateFromError(error) {
    return { error };
  }

  render() {
    return this.state.error ? <pre className="error">{String(this.state.error)}</pre> : this.props.children;
  }
}

function Content({ panel, frames, ...rest }) {
  const [data, setData] = useState();
  useEffect(() => {
    const context = { interpolate: (text) => text };
    const subscription = transformDataFrame(panel.transformations ?? [], frames, context).subscribe((made) =>
      setData(configured(panel, made, rest.theme)),
    );
    return () => subscription.unsubscribe();
  }, []);
  const Kind = KINDS[panel.type];
  if (!data) return null;
  return data.some((frame) => frame.length) || panel.type === 'stat' ? (
    <Kind panel={panel} data={data} {...rest} />
  ) : (
    <div style={{ display: 'grid', placeItems: 'center', height: rest.height, textAlign: 'center' }}>
      {panel.fieldConfig.defaults.noValue}
    </div>
  );
}

export function Panel({ panel, size, variables, ...rest }) {
  const title = filled(panel.title, variables);
  if (panel.type === 'row') return <h6 style={{ padding: 4 }}>⌄ {title}</h6>;
  const shown = panel.timeFrom ? `${title} · last ${panel.timeFrom}` : title;
  return (
    <PanelChrome title={shown} description={panel.description} width={size.width} height={size.height}>
      {(width, height) => (
        <Guard>
          <Content panel={panel} {...rest} width={width} height={height} />
        </Guard>
      )}
    </PanelChrome>
  );
}
