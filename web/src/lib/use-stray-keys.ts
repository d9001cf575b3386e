import { type RefObject, useEffect } from 'react';

/** Hands keys that nothing has the focus for to the page's main list, so that they work before somebody has clicked into it. */
export function useStrayKeys(list: RefObject<HTMLElement | null>, keys: readonly string[]): void {
  useEffect(() => {
    const hand = (event: KeyboardEvent): void => {
      const isStray = document.activeElement === null || document.activeElement === document.body;
      if (!isStray || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !keys.includes(event.key)) return;
      event.preventDefault();
      list.current?.focus({ preventScroll: true });
      list.current?.dispatchEvent(new KeyboardEvent('keydown', { key: event.key, bubbles: true, cancelable: true }));
    };
    window.addEventListener('keydown', hand);
    return () => window.removeEventListener('keydown', hand);
  }, [list, keys]);
}
