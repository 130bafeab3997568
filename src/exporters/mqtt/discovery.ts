import type { SiteAnalyzer, SiteWire } from '../../protocol/site-wire.ts';
import { type Entity, entitiesOf } from './entities.ts';
import { deviceId, type Topics } from './topics.ts';

type Component = Readonly<Record<string, string | number | boolean | null>>;

/** The message that makes one analyzer a device of Home Assistant. */
export type Discovery = Readonly<Record<string, unknown>> & {
  readonly components: Readonly<Record<string, Component>>;
};

/**
 * What Home Assistant is told of an analyzer (device-based discovery, since 2024.11):
 * https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload. `gone`: components that it was told of
 * before and that are there no more.
 */
export function discoveryOf(
  site: SiteWire,
  analyzer: SiteAnalyzer,
  topics: Topics,
  gone: Iterable<string> = [],
): Discovery {
  const { id, name, location, vendor, model, variables } = analyzer;
  const own = deviceId(site.node, id);
  const components = named(
    variables.flatMap((each) => entitiesOf(each).map((entity) => ({ code: each.code, entity }))),
  );
  return {
    device: {
      identifiers: [own],
      name: name === '' ? `${model} ${site.node}-${id}` : name,
      ...{ manufacturer: vendor, model },
      ...(location !== '' && { suggested_area: location }),
    },
    origin: { name: 'lector', sw_version: site.version },
    state_topic: topics.state(site.node, id),
    availability: [{ topic: topics.node(site.node) }, { topic: topics.status(site.node, id) }],
    // the lector runs, and the meter is being read
    availability_mode: 'all',
    components: {
      // with nothing but its platform, a component is taken away
      ...Object.fromEntries([...gone].map((key) => [key, { platform: 'sensor' }])),
      ...Object.fromEntries(components.map((each) => [keyOf(each), componentOf(own, each)])),
    },
  };
}

type Named = { readonly code: string; readonly entity: Entity; readonly name: string };

/** Two values of one name get their codes to tell them apart. */
function named(all: readonly Omit<Named, 'name'>[]): readonly Named[] {
  const counts = Map.groupBy(all, ({ entity }) => entity.name);
  return all.map((each) => {
    const isOnly = counts.get(each.entity.name)?.length === 1;
    return { ...each, name: isOnly ? each.entity.name : `${each.entity.name} (${each.code})` };
  });
}

const keyOf = ({ code, entity }: Named): string => `${code.replace(/[^A-Za-z0-9_-]/g, '_')}_${entity.index}`;

function componentOf(own: string, each: Named): Component {
  const { deviceClass, stateClass, unit, digits, isDiagnostic } = each.entity;
  return {
    platform: 'sensor',
    unique_id: `${own}_${keyOf(each)}`,
    name: each.name,
    ...(deviceClass !== null && { device_class: deviceClass }),
    ...(stateClass !== null && { state_class: stateClass }),
    ...(unit !== null && { unit_of_measurement: unit }),
    ...(digits !== null && { suggested_display_precision: digits }),
    ...(isDiagnostic && { entity_category: 'diagnostic' }),
    value_template: templateOf(each),
  };
}

/** What is not there is `None`, which Home Assistant shows as unknown. */
function templateOf({ code, entity: { index, factor } }: Named): string {
  const value = `v[${index}]`;
  const shown = factor === 1 ? `${value} if v` : `(${value} * ${factor}) | round(3) if v and ${value} is not none`;
  // by its key: `value_json.values` would be a method of the mapping
  return `{% set v = value_json['values'].get('${code.replace(/['\\]/g, '')}') %}{{ ${shown} else none }}`;
}
