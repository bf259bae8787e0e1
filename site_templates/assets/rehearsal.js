/* A rehearsal: a script's dialogue, said by the page line by line, answered by who reads it. */
"use strict";
calmroomPart("rehearsal", ({ element }) => {
  /* The same draws as `calmroom rehearse --hard --seed`: x → 1664525 x + 1013904223 (mod 2³²). */
  function* draws(seed) {
    let state = seed >>> 0;
    while (true) {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      yield state / 4294967296;
    }
  }

  function rehearse(box) {
    const { exchanges, moves, odds } = JSON.parse(box.querySelector("[data-calm-exchanges]").textContent);
    const setup = box.querySelector("[data-calm-setup]");
    const stage = box.querySelector("[data-calm-stage]");
    const status = box.querySelector("[data-calm-said]");
    box.hidden = false;

    function say(...elements) {
      stage.append(...elements);
      status.textContent = elements.map((element) => element.textContent).join(" ");
    }
    function line(who, how, what) {
      return element("p", "calm-line__says", element("b", "", `${who}: `), how ? element("i", "", `(${how}) `) : "", what);
    }
    function named(list) {
      return list.map((move) => moves[move]).join(", then ");
    }
    function told(words, used, why) {
      const parts = [];
      if (words) parts.push(element("p", "", `A wording that works: “${words}”`));
      if (used.length) parts.push(element("p", "calm-line__move", `The move: ${named(used)}. ${why}`));
      return parts;
    }
    function ask(label, choices) {
      return new Promise((resolve) => {
        const form = element("form", "");
        for (const [index, choice] of choices.entries()) {
          const button = element("button", "calm-choice", choice.words);
          button.type = "button";
          button.addEventListener("click", () => done(choice, choice.words));
          form.append(button);
        }
        const id = `calm-answer-${stage.children.length}`;
        const name = element("label", "", label);
        name.htmlFor = id;
        const text = element("textarea", "");
        text.id = id;
        text.rows = 2;
        const send = element("button", "", choices.length ? "Say it in my words" : "Say it");
        send.type = "submit";
        form.append(name, text, send);
        function done(choice, words) {
          form.remove();
          resolve({ choice, words });
        }
        form.addEventListener("submit", (event) => {
          event.preventDefault();
          done(null, text.value.trim());
        });
        stage.append(form);
        /* At once, with nothing between the last answer and this: a later moment could take the focus from who has begun to type. */
        (form.querySelector(".calm-choice") ?? text).focus();
      });
    }

    async function play(hard, seed) {
      const random = draws(seed);
      const used = [];
      let best = 0;
      for (const exchange of exchanges) {
        const pushed = random.next().value < odds && hard && exchange.push;
        say(...exchange.heard.map((said) => line(said.who, said.how, said.what)));
        const { choice, words } = await ask("Or type your own words", exchange.choices);
        const own = exchange.choices.find((other) => other.best).words;
        const answer = line("You", "", words || "…");
        answer.classList.add("calm-rehearsal__you");
        if (choice?.best) {
          best += 1;
          used.push(...exchange.moves);
          say(answer, element("p", "", "That holds."), ...told("", exchange.moves, exchange.why));
        } else {
          say(answer, ...(choice ? [element("p", "", choice.consequence)] : []), ...told(own, exchange.moves, exchange.why));
        }
        if (pushed) {
          say(line(exchange.push.who || "They", "pushing on", exchange.push.they));
          const reply = await ask("What do you say?", []);
          used.push(...exchange.push.moves);
          const mine = line("You", "", reply.words || "…");
          mine.classList.add("calm-rehearsal__you");
          say(mine, ...told(exchange.push.says, exchange.push.moves, exchange.push.why));
        }
      }
      const counts = new Map();
      for (const move of used) counts.set(move, (counts.get(move) ?? 0) + 1);
      const list = element("ul", "");
      const order = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      for (const [move, count] of order) list.append(element("li", "", `${moves[move]}: ${count}`));
      const head = element("h3", "", "Moves you used");
      head.tabIndex = -1;
      say(head, list, element("p", "", `${best} of ${exchanges.length} answers were the script's own.`));
      stage.dataset.calmState = "done";
      head.focus();
    }

    setup.addEventListener("submit", (event) => {
      event.preventDefault();
      stage.replaceChildren();
      stage.hidden = false;
      delete stage.dataset.calmState;
      setup.querySelector("button").textContent = "Begin again";
      play(setup.elements.hard.checked, Number(setup.elements.seed.value) || 0);
    });
  }

  return (boxes) => boxes.forEach(rehearse);
});
