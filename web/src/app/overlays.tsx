import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import { Notifications } from '@mantine/notifications';
import { Palette } from './palette.tsx';

/** What lies over the pages: the command palette and short messages. */
export default function Overlays() {
  return (
    <>
      <Palette />
      <Notifications position="bottom-right" autoClose={6000} />
    </>
  );
}
