// What comes after what, and how long it takes: from the script and the runner's choices, without a page.

const OTHER = { left: "right", right: "left" };
const LENGTHS = { switch: "side_change_s", rest: "rest_s", change: "exercise_change_s" };
const READY_S = 10;

/** An item as it is done now: as prescribed, or on the level beside it. */
export function chosen(item, play) {
  return { ...item, ...item[play.levels[item.exercise]] };
}

/** All that there is to do, one side of one set each. What was left out is not among it. */
export function turns(script, play) {
  const leftOut = play.body.skips.map((skip) => skip.exercise);
  return script.items.flatMap((item, at) => {
    if (leftOut.includes(item.exercise)) return [];
    const { sets, sides, first_side: first } = chosen(item, play);
    const order = sides === 2 ? [first, OTHER[first]] : ["both"];
    return Array.from({ length: sets }, (_, set) =>
      order.map((side, second) => ({ item: at, number: set + 1, side, second })),
    ).flat();
  });
}

/** What was told of a turn, on whichever level it was done. */
export function told(script, play, turn) {
  const { exercise } = script.items[turn.item];
  return play.body.sets.find(
    (row) => row.exercise === exercise && row.number === turn.number && row.side === turn.side,
  );
}

const place = (turn) => turn.item * 10000 + turn.number * 10 + turn.second;

/** The next turn that was not done yet; undefined after the last. */
export function next(script, play, turn) {
  return turns(script, play).find((one) => place(one) > place(turn) && !told(script, play, one));
}

export function before(script, play, turn) {
  return turns(script, play).findLast((one) => place(one) < place(turn));
}

/** What lies between two turns. */
export function between(from, to) {
  if (from.item !== to.item) return "change";
  return from.number === to.number ? "switch" : "rest";
}

export function seconds(script, phase) {
  return LENGTHS[phase] ? script.rests[LENGTHS[phase]] : READY_S;
}

export function repSeconds(move) {
  return move.tempo.reduce((sum, part) => sum + part.seconds, 0);
}

/** The side that goes second does as many as the first did. */
export function wanted(script, play, turn) {
  const move = chosen(script.items[turn.item], play);
  const first = turn.second && told(script, play, { ...turn, side: OTHER[turn.side] });
  return (first && first.level === move.level && first.reps) || move.reps;
}

/** Until the end, from the beginning of a turn. */
export function secondsFrom(script, play, turn) {
  let sum = 0;
  for (let at = turn, last; at; last = at, at = next(script, play, at)) {
    const move = chosen(script.items[at.item], play);
    sum += wanted(script, play, at) * repSeconds(move) + (last ? seconds(script, between(last, at)) : 0);
  }
  return sum;
}

/** Where in its tempo a repetition is: which part, how far in it, and how far the figure has come. */
export function moment(move, repSecond) {
  let from = 0;
  for (const [index, part] of move.tempo.entries()) {
    if (repSecond < from + part.seconds || index === move.tempo.length - 1) {
      const inside = Math.min(1, (repSecond - from) / part.seconds);
      return { index, part, second: repSecond - from, inside, moved: [inside / 2, 0.5, 0.5 + inside / 2][index] };
    }
    from += part.seconds;
  }
}
