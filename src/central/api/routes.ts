import { adviceRoutes } from '../cost/advice-routes.ts';
import { billRoutes } from '../cost/bill-routes.ts';
import { contractRoutes } from '../cost/contract-routes.ts';
import { eventRoutes } from '../cost/event-routes.ts';
import { forecastRoute } from '../cost/forecast-route.ts';
import { oldCostsRoute } from '../cost/old-costs-route.ts';
import { virtualRoutes } from '../cost/virtual-routes.ts';
import { historyRoutes } from '../history/routes.ts';
import { oldReadRoutes } from '../live/old-read-routes.ts';
import { liveRoutes } from '../live/routes.ts';
import { ruleRoutes } from '../rules/rule-routes.ts';
import type { AppDeps, CentreApp } from './app-types.ts';
import { openapiRoute } from './openapi.ts';
import { aboutRoutes } from './routes/about.ts';
import { analyzerRoutes } from './routes/analyzers.ts';
import { deliveryRoutes } from './routes/delivery.ts';
import { landingRoute } from './routes/landing.ts';
import { modelRoutes } from './routes/models.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { oldSaveRoute } from './routes/old-save.ts';
import { settingRoutes } from './routes/settings.ts';

type Routes = (app: CentreApp, deps: AppDeps) => Promise<void>;

const ROUTES: readonly Routes[] = [
  openapiRoute,
  aboutRoutes,
  deliveryRoutes,
  nodeRoutes,
  analyzerRoutes,
  modelRoutes,
  settingRoutes,
  historyRoutes,
  contractRoutes,
  virtualRoutes,
  eventRoutes,
  billRoutes,
  adviceRoutes,
  forecastRoute,
  oldCostsRoute,
  ruleRoutes,
  liveRoutes,
  oldReadRoutes,
  oldSaveRoute,
  landingRoute,
];

/** All routes of the centre, each set in a scope of its own. */
export function registerRoutes(app: CentreApp, deps: AppDeps): void {
  for (const routes of ROUTES) app.register(async (scope) => routes(scope as CentreApp, deps));
}
