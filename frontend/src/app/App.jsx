import { JobsPage } from '../jobs/JobsPage.jsx';
import { hasRole, signedOut } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { closeLayer, route } from '../lib/urlstate.js';
import { dialogs } from '../ui/Dialog.jsx';
import { Lazy } from '../ui/Lazy.jsx';
import { Toasts } from '../ui/Toasts.jsx';
import { Banners } from './Banners.jsx';
import { DropZone } from './DropZone.jsx';
import { Header } from './Header.jsx';
import { NeedsRole } from './NeedsRole.jsx';

const overview = () => import('../overview/Overview.jsx');
const timeline = () => import('../timeline/Timeline.jsx');
const importer = () => import('../import/Import.jsx');
const drawer = () => import('../drawer/Drawer.jsx');
const create = () => import('../create/Create.jsx');
const palette = () => import('../palette/Palette.jsx');
const help = () => import('../palette/Help.jsx');
const reschedule = () => import('../drawer/Reschedule.jsx');
const signIn = () => import('../signin/SignIn.jsx');
const settings = () => import('../settings/SettingsPage.jsx');

const PAGES = { overview, timeline, import: importer, settings };
const NEEDS = { import: 'operator', settings: 'admin' };

function Page({ view }) {
  if (!hasRole(NEEDS[view])) return <NeedsRole role={NEEDS[view]} />;
  return view === 'jobs' ? <JobsPage /> : <Lazy key={view} load={PAGES[view]} />;
}

/** Drawer and dialogs. Each has its own name in the URL, so links and the back button work. */
function Layers() {
  const { job, new: type, like, dialog } = route.value;
  return (
    <>
      {job && <Lazy load={drawer} id={job} onClose={() => closeLayer(['job'])} />}
      {type && hasRole('operator') && (
        <Lazy key="new" load={create} type={type} like={like} onClose={() => closeLayer(['new', 'like'])} />
      )}
      {dialog === 'palette' && <Lazy key="palette" load={palette} onClose={() => closeLayer(['dialog'])} />}
      {dialog === 'help' && <Lazy key="help" load={help} onClose={() => closeLayer(['dialog'])} />}
      {dialog?.startsWith('reschedule.') && hasRole('operator') && (
        <Lazy
          key={dialog}
          load={reschedule}
          id={dialog.slice('reschedule.'.length)}
          onClose={() => closeLayer(['dialog'])}
        />
      )}
    </>
  );
}

export function App() {
  return (
    <>
      <a class="skip" href="#content">
        {t('skip')}
      </a>
      <Header />
      <main id="content" tabIndex={-1} class="page">
        <Banners />
        {signedOut.value ? <Lazy load={signIn} /> : <Page view={route.value.view} />}
      </main>
      {!signedOut.value && <Layers />}
      <DropZone />
      {dialogs.value.length === 0 && <Toasts />}
    </>
  );
}
