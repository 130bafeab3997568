import type { CentreApp, CentreDeps } from '../api/app-types.ts';
import { oldLoadRoute } from './old-load-route.ts';
import { recordRoutes } from './record-routes.ts';

/** What was recorded: `/api/v1/records`, and the predecessor's `history/load`. */
export async function historyRoutes(app: CentreApp, deps: CentreDeps): Promise<void> {
  await recordRoutes(app, deps);
  await oldLoadRoute(app, deps);
}
