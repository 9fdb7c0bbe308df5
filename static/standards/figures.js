// "So far", as the device sees it: the score and what is implemented by principle. The server's scoring is the one that counts.
const IMPLEMENTED = ['M', 'E'];

// values: {code: rating}. -> {rated, of, score: 0..100 or null, principles: {code: {rated, of, rate: 0..100 or null, short}}}
export const figures = (pack, values) => {
  let points = 0, weight = 0, rated = 0;
  const principles = {};
  for (const { code, principle, weight: heavy } of pack.elements) {
    const value = values[code];
    const here = principles[principle] ||= { rated: 0, of: 0, met: 0, asked: 0 };
    here.of += 1;
    if (!value) continue;
    rated += 1;
    here.rated += 1;
    if (value === 'NA') continue;
    points += heavy * Number(pack.rules.points[value]);
    weight += heavy;
    here.asked += 1;
    here.met += IMPLEMENTED.includes(value) ? 1 : 0;
  }
  for (const here of Object.values(principles)) {
    here.rate = here.asked ? (100 * here.met) / here.asked : null;
    here.short = here.rate !== null && here.met < Number(pack.rules.implementation) * here.asked;
  }
  return { rated, of: pack.elements.length, score: weight ? (100 * points) / weight : null, principles };
};
