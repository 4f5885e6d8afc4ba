/* A browser asks before it sends what the server would only refuse. */

import { ngettext, _ } from "/static/words.js";

/** Look, at each change, whether enough options are chosen or rated, and not too many. */
export function check(choices) {
  const least = Number(choices.dataset.least), most = Number(choices.dataset.most);
  const boxes = [...choices.querySelectorAll("input[type=checkbox]")];
  const ratings = [...choices.querySelectorAll("input[type=radio]")];
  const problem = (chosen) => {
    if (chosen < least) return tooFew(least);
    if (chosen <= most) return "";
    return ngettext("Choose at most one.", "Choose at most %(n)s.", most);
  };
  const look = () => {
    const rated = ratings.filter((radio) => radio.checked && radio.value).length;
    boxes[0]?.setCustomValidity(problem(boxes.filter((box) => box.checked).length));
    ratings[0]?.setCustomValidity(problem(rated));
  };
  choices.addEventListener("change", look);
  look();
}

/** Say how many are wanted. */
export const tooFew = (least) =>
  least === 1 ? _("Choose an option.") : _("Choose at least %(n)s.", { n: least });
