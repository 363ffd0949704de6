import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure, Loading } from "./notices.js";

/**
 * A component in a file of its own that is fetched when it is first shown, so that the first page stays small.
 * `load` is called once, however often the component is shown.
 */
export function lazy<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  let loading: Promise<FunctionComponent<P>> | undefined;
  let loaded: FunctionComponent<P> | undefined;

  return function Lazy(props: P): JSX.Element {
    const [, setReady] = useState(loaded !== undefined);
    const [error, setError] = useState<Error>();
    useEffect(() => {
      if (loaded) return;
      loading ??= load();
      loading.then(
        (component) => {
          loaded = component;
          setReady(true);
        },
        (cause: unknown) => {
          loading = undefined;
          setError(new Error("cannot load this part of the pages: reload, venturi may have been updated", { cause }));
        },
      );
    }, []);
    if (error) return <Failure error={error} />;
    const Component = loaded;
    return Component ? <Component {...props} /> : <Loading />;
  };
}
