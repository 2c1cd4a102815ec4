// What Grafana registers when it starts: transformations, and the options that fields can have.
import {
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  FieldConfigOptionsRegistry,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';

const STANDARD = {
  displayName: displayNameOverrideProcessor,
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  noValue: stringOverrideProcessor,
  color: identityOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  links: dataLinksOverrideProcessor,
};
// Those of tables and time series that overrides may name.
const CUSTOM = ['align', 'cellOptions', 'hidden', 'width', 'minWidth', 'drawStyle', 'fillOpacity', 'lineWidth', 'stacking'];

function option(name, process, isCustom) {
  return {
    id: isCustom ? `custom.${name}` : name,
    path: name,
    isCustom,
    name,
    process,
    editor: () => null,
    override: () => null,
    shouldApply: () => true,
  };
}

const standard = Object.entries(STANDARD).map(([name, process]) => option(name, process, false));
const custom = CUSTOM.map((name) => option(name, identityOverrideProcessor, true));

export const fieldOptions = new FieldConfigOptionsRegistry(() => [...standard, ...custom]);

export function registerAll() {
  standardFieldConfigEditorRegistry.setInit(() => standard);
  const named = new Map(Object.values(standardTransformers).map((each) => [each.id, each])); // some are there twice
  standardTransformersRegistry.setInit(() =>
    [...named.values()].map((each) => ({ id: each.id, name: each.name, transformation: each })),
  );
}
