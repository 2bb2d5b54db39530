import { useEffect, useMemo, useSyncExternalStore } from "react";

import { editing } from "mergefetch/helpers";

/** `const [{ draft, conflict }, { type, save, submit }] = useDocument(http, url);` */
export function useDocument(http, url) {
  const edited = useMemo(() => editing(http, url), [http, url]);
  useEffect(() => {
    const left = new AbortController();
    edited.load({ signal: left.signal }).catch((error) => left.signal.aborted || reportError(error));
    return () => left.abort();
  }, [edited]);
  return [useSyncExternalStore(edited.subscribe, edited.current, edited.current), edited];
}
