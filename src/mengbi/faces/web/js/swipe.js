// A finger drawn across an element leads to what is beside it; up and down it scrolls as everywhere.
import { useEffect, useRef } from "preact/hooks";

const BEGUN = 10; // pixels before it is a swipe at all
const FAR = 0.22; // of the width, from which it is meant
const FAST = 0.5; // pixels a millisecond, which is meant however short the way
const STUCK = 0.2; // of the finger's way, where nothing is beside

/** `ways`: what happens towards the left neighbour and the right one, null where there is none. */
export function useSwipe(element, ways) {
  const now = useRef();
  now.current = ways;
  useEffect(() => {
    const box = element.current;
    let from = null;
    let swiped = 0; // pixels; 0: not a swipe so far
    const rest = () => {
      from = null;
      swiped = 0;
      box.classList.remove("swiping");
      box.style.removeProperty("--swipe");
    };
    const down = (event) => {
      rest(); // a second finger is no swipe
      if (event.isPrimary && event.pointerType !== "mouse" && (globalThis.visualViewport?.scale ?? 1) < 1.01) {
        from = { x: event.clientX, y: event.clientY, time: event.timeStamp };
      }
    };
    const move = (event) => {
      if (!from) return;
      const across = event.clientX - from.x;
      if (!swiped && (Math.abs(across) < BEGUN || Math.abs(across) < Math.abs(event.clientY - from.y))) return;
      swiped = across;
      box.classList.add("swiping");
      box.style.setProperty("--swipe", `${now.current[across > 0 ? 0 : 1] ? across : across * STUCK}px`);
    };
    const up = (event) => {
      if (!from) return;
      const meant = Math.abs(swiped) > box.clientWidth * FAR || Math.abs(swiped) > FAST * (event.timeStamp - from.time);
      const way = swiped && meant ? now.current[swiped > 0 ? 0 : 1] : null;
      rest();
      way?.();
    };
    const hear = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: rest };
    for (const [name, act] of Object.entries(hear)) box.addEventListener(name, act);
    return () => {
      for (const [name, act] of Object.entries(hear)) box.removeEventListener(name, act);
    };
  }, []);
}
