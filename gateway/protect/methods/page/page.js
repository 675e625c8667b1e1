
"use strict";
// Opens the sealed part of this page. It has no way to send anything, and it makes no HTML: what was sealed is shown
// as text or saved as it is. The format is in the gateway's decision record 0024.
(() => {
  const LEAST = 600000;
  const MOST = 10000000;
  const LARGEST = 67108864;
  const TAG = 16;
  const LENGTH = 8;
  const SHOWN = 1048576; // bytes of a text that the page shows
  const APART = /[\t-\r \u00a0\u2000-\u200b\u202f\u3000\ufeff\u00ad\u002d\u2010-\u2015\u2212\ufe58\ufe63\uff0d]+/g;

  const ENGLISH = {
    cut: "Only the beginning is shown. Save the file to read all of it.",
    damaged: "This file is damaged or not complete, or it was changed on its way. Nothing in it was opened. Save it again from where you got it, or ask for it to be sent again.",
    deriving: "Checking the passphrase",
    digest: "Fingerprint (SHA-256)",
    empty: "Enter the passphrase",
    error: "Error:",
    framed: "Do not type a passphrase here. Save this file to your device, and open it on its own in a web browser.",
    hide: "Hide passphrase",
    isLocked: "Locked. Nothing of what was opened is kept on this page.",
    isOpen: "Open. Number of files: {count}.",
    memory: "There is not enough memory to open this file on this device. Try it on another computer.",
    opening: "Opening: {percent}%",
    read: "Read here",
    save: "Save",
    saving: "Your browser is saving {name}.",
    unable: "This web browser cannot open the file here. Save the file to your device, and open it in Edge, Chrome, Firefox or Safari.",
    unread: "Close",
    wholeMessage: "The whole message, for a mail program",
    wrong: "That passphrase does not open this file. Check every word, and that the passphrase is the one for the reference below.",
  };

  const WELSH = {
    about: "Help gyda’r dudalen hon",
    ask: "Pwy i’w holi",
    care: "Cadwch yr hyn sydd ei angen arnoch, yna clowch y dudalen hon eto. Nid yw’r hyn a gadwch wedi’i amgryptio mwyach.",
    cut: "Dim ond y dechrau sy’n cael ei ddangos. Cadwch y ffeil i ddarllen y cyfan.",
    damaged: "Mae’r ffeil hon wedi’i difrodi neu’n anghyflawn, neu cafodd ei newid ar y ffordd. Nid agorwyd dim ynddi. Cadwch hi eto o’r man lle cawsoch hi, neu gofynnwch am ei hanfon eto.",
    deriving: "Gwirio’r cyfrinair",
    digest: "Ôl bys (SHA-256)",
    doubt: "Os nad oeddech yn disgwyl y neges hon, peidiwch â theipio’r cyfrinair. Holwch yr anfonwr yn gyntaf, ar rif ffôn yr ydych yn ei adnabod eisoes.",
    empty: "Rhowch y cyfrinair",
    error: "Gwall:",
    files: "Ffeiliau",
    framed: "Peidiwch â theipio cyfrinair yma. Cadwch y ffeil hon ar eich dyfais, a’i hagor ar ei phen ei hun mewn porwr gwe.",
    hide: "Cuddio’r cyfrinair",
    hint: "Cawsoch ef ar wahân i’r ffeil hon, er enghraifft dros y ffôn. Nid oes gwahaniaeth rhwng priflythrennau a llythrennau bach, a gallwch deipio bylchau yn lle cysylltnodau.",
    isLocked: "Wedi cloi. Nid oes dim a agorwyd yn aros ar y dudalen hon.",
    isOpen: "Ar agor. Nifer y ffeiliau: {count}.",
    lock: "Cloi eto",
    marked: "Marc diogelu:",
    memory: "Nid oes digon o gof i agor y ffeil hon ar y ddyfais hon. Rhowch gynnig ar gyfrifiadur arall.",
    message: "Neges",
    open: "Agor",
    opened: "Mae ar agor",
    opening: "Agor: {percent}%",
    passphrase: "Cyfrinair",
    problem: "Mae problem",
    read: "Darllen yma",
    reference: "Cyfeirnod",
    save: "Cadw",
    saving: "Mae eich porwr yn cadw {name}.",
    show: "Dangos y cyfrinair",
    title: "Neges ddiogel gan",
    unable: "Ni all y porwr hwn agor y ffeil yma. Cadwch y ffeil ar eich dyfais, a’i hagor yn Edge, Chrome, Firefox neu Safari.",
    unread: "Cau",
    waiting: "Mae’r dudalen hon yn dal i lwytho. Os yw’r neges hon yn aros, agorwch y ffeil mewn porwr gwe mwy diweddar, fel Edge, Chrome, Firefox neu Safari.",
    what: "Mae’r dudalen hon yn dal neges neu ffeiliau wedi’u hamgryptio. Mae’n eu hagor yma, ar eich dyfais eich hun. Nid oes angen cysylltiad â’r rhyngrwyd arni, ac nid yw’n anfon dim i unman.",
    wholeMessage: "Y neges gyfan, ar gyfer rhaglen e-bost",
    wrong: "Nid yw’r cyfrinair hwnnw’n agor y ffeil hon. Gwiriwch bob gair, ac mai cyfrinair y cyfeirnod isod ydyw.",
  };

  const at = (id) => document.getElementById(id);
  const texts = new TextEncoder();

  class Trouble extends Error {
    constructor(why) {
      super(why);
      this.why = why;
    }
  }

  // ---- words ----

  const LANGUAGES = { en: ENGLISH, cy: WELSH };
  const values = new WeakMap();
  let language = "en";
  let isWrong = false;

  const phrase = (key, given = {}) =>
    LANGUAGES[language][key].replace(/\{(\w+)\}/g, (_, name) => String(given[name]));

  function say(element, key, given = {}) {
    element.dataset.say = key;
    values.set(element, given);
    element.textContent = phrase(key, given);
  }

  function hush(element) {
    delete element.dataset.say;
    element.textContent = "";
  }

  function speak(chosen) {
    language = chosen;
    document.documentElement.lang = chosen;
    for (const element of document.querySelectorAll("[data-say]")) {
      element.textContent = phrase(element.dataset.say, values.get(element));
    }
    at("language").textContent = chosen === "en" ? "Cymraeg" : "English";
    at("language").lang = chosen === "en" ? "cy" : "en";
    title();
  }

  function title() {
    const name = `${phrase("title")} ${at("organisation").textContent}`;
    document.title = isWrong ? `${phrase("error")} ${name}` : name;
  }

  // ---- the sealed part ----

  function bytes(base64) {
    try {
      if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
      const text = atob(base64);
      const found = new Uint8Array(text.length);
      for (let index = 0; index < text.length; index += 1) found[index] = text.charCodeAt(index);
      return found;
    } catch {
      throw new Trouble("damaged");
    }
  }

  function readParameters() {
    const block = at("sealed");
    let read;
    try {
      read = JSON.parse(block.textContent);
    } catch {
      throw new Trouble("damaged");
    }
    const isNumber = (value, most) => Number.isSafeInteger(value) && value > 0 && value <= most;
    const isOurs =
      read && read.format === "sealed-page" && read.version === 1 &&
      read.kdf === "PBKDF2-HMAC-SHA-512" && read.cipher === "AES-256-GCM" &&
      isNumber(read.iterations, MOST) && read.iterations >= LEAST &&
      isNumber(read.chunk, LARGEST) && isNumber(read.chunks, 4294967295) && isNumber(read.size, Number.MAX_SAFE_INTEGER) &&
      read.chunks === Math.ceil(read.size / read.chunk);
    if (!isOurs) throw new Trouble("damaged");
    const salt = bytes(read.salt);
    const check = bytes(read.check);
    if (salt.length !== 32 || check.length !== 32) throw new Trouble("damaged");
    return { ...read, salt, check, text: texts.encode(block.textContent) };
  }

  function sealedChunks(parameters) {
    const blocks = document.querySelectorAll('script[type="application/octet-stream;base64"]');
    const isWhole = blocks.length === parameters.chunks;
    if (!isWhole || !Array.from(blocks).every((block, number) => block.id === `chunk-${number}`)) throw new Trouble("damaged");
    return blocks;
  }

  const typed = (text) =>
    text.replace(APART, "-").replace(/^-+|-+$/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());

  async function derive(parameters, words) {
    const secret = await crypto.subtle.importKey("raw", texts.encode(words), "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-512", salt: parameters.salt, iterations: parameters.iterations };
    const both = new Uint8Array(await crypto.subtle.deriveBits(how, secret, 512));
    if (!parameters.check.every((value, index) => value === both[32 + index])) throw new Trouble("wrong");
    const key = await crypto.subtle.importKey("raw", both.subarray(0, 32), "AES-GCM", false, ["decrypt"]);
    both.fill(0);
    return key;
  }

  async function openChunk(key, parameters, number, base64) {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setUint32(7, number);
    iv[11] = number + 1 === parameters.chunks ? 1 : 0;
    const how = { name: "AES-GCM", iv, additionalData: parameters.text, tagLength: 8 * TAG };
    try {
      return new Uint8Array(await crypto.subtle.decrypt(how, key, bytes(base64)));
    } catch {
      throw new Trouble("damaged");
    }
  }

  // Returns all that was sealed, and only once the last chunk has verified.
  async function unseal(words, tell) {
    const parameters = readParameters();
    const blocks = sealedChunks(parameters);
    const key = await derive(parameters, words);
    const content = reserve(parameters.size);
    let filled = 0;
    for (let number = 0; number < blocks.length; number += 1) {
      const chunk = await openChunk(key, parameters, number, blocks[number].textContent);
      if (chunk.length !== Math.min(parameters.chunk, parameters.size - filled)) throw new Trouble("damaged");
      content.set(chunk, filled);
      filled += chunk.length;
      tell(filled, parameters.size);
    }
    return content;
  }

  function reserve(size) {
    try {
      return new Uint8Array(size);
    } catch {
      throw new Trouble("memory");
    }
  }

  function listed(content) {
    const view = new DataView(content.buffer);
    const isThere = content.length >= LENGTH && view.getUint32(0) === 0;
    let begin = LENGTH + (isThere ? view.getUint32(4) : 0);
    if (!isThere || begin > content.length) throw new Trouble("damaged");
    const list = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content.subarray(LENGTH, begin)));
    const files = list.files.map((file) => {
      const end = begin + file.size;
      if (!Number.isSafeInteger(file.size) || file.size < 0 || end > content.length) throw new Trouble("damaged");
      const found = { ...file, content: content.subarray(begin, end) };
      begin = end;
      return found;
    });
    if (begin !== content.length) throw new Trouble("damaged");
    return files;
  }

  // ---- what was opened ----

  let everything = null;
  const links = new Set();

  function make(tag, name = "") {
    const element = document.createElement(tag);
    if (name) element.className = name;
    return element;
  }

  function sayNew(tag, name, key, given) {
    const element = make(tag, name);
    say(element, key, given);
    return element;
  }

  function textOf(file) {
    const start = file.content.subarray(0, SHOWN);
    const isWide = start.length > 1 && ((start[0] === 255 && start[1] === 254) || (start[0] === 254 && start[1] === 255));
    const wide = start[0] === 255 ? "utf-16le" : "utf-16be";
    let text;
    try {
      text = new TextDecoder(isWide ? wide : "utf-8", { fatal: !isWide }).decode(start, { stream: true });
    } catch {
      text = new TextDecoder("windows-1252").decode(start);
    }
    return text.replace(/\r\n?/g, "\n");
  }

  function showText(target, file) {
    target.textContent = textOf(file);
    if (file.size > SHOWN) target.append("\n\n", sayNew("strong", "", "cut"));
  }

  const UNITS = ["bytes", "kB", "MB"];

  function sizeOf(count) {
    const step = count < 1000 ? 0 : count < 999950 ? 1 : 2;
    return `${step ? (count / 1000 ** step).toFixed(1) : count} ${UNITS[step]}`;
  }

  function save(file) {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([file.content], { type: "application/octet-stream" }));
    link.download = file.name;
    link.hidden = true;
    links.add(link.href);
    document.body.append(link);
    link.click();
    link.remove();
    say(at("status"), "saving", { name: file.name });
  }

  function button(file, style, key, act) {
    const pressed = make("button", style);
    pressed.type = "button";
    const name = make("span", "unseen");
    name.textContent = ` ${file.name}`;
    const label = sayNew("span", "", key);
    pressed.append(label, name);
    pressed.addEventListener("click", () => act(pressed, label));
    return pressed;
  }

  function reader(file, index) {
    const text = make("div", "text");
    text.id = `text-${index}`;
    text.dir = "auto";
    text.hidden = true;
    const pressed = button(file, "second", "read", (self, label) => {
      text.hidden = !text.hidden;
      if (text.hidden) text.replaceChildren();
      else showText(text, file);
      say(label, text.hidden ? "read" : "unread");
      self.setAttribute("aria-expanded", String(!text.hidden));
    });
    pressed.setAttribute("aria-expanded", "false");
    pressed.setAttribute("aria-controls", text.id);
    return [pressed, text];
  }

  function row(file, index, files) {
    const isWhole = files[0].shown && index === files.length - 1; // of a message: the last one is all of it
    const line = make("li");
    const name = make("h3", "name");
    const isolated = make("bdi");
    isolated.textContent = file.name;
    name.append(isolated);
    const kind = make("p", "kind");
    kind.append(sizeOf(file.size));
    if (isWhole) kind.append(". ", sayNew("span", "", "wholeMessage"));
    line.append(name);
    if (file.marking) {
      const marking = make("strong", "marking");
      marking.textContent = file.marking;
      const about = make("p", "kind");
      about.append(marking);
      line.append(about);
    }
    line.append(kind);
    const acts = make("div", "line");
    acts.append(button(file, "", "save", () => save(file)));
    line.append(acts);
    if (["text/plain", "text/csv"].includes(file.media_type)) {
      const [pressed, text] = reader(file, index);
      acts.append(pressed);
      line.append(text);
    }
    const more = make("details");
    const digest = make("div", "digest");
    digest.textContent = file.sha256;
    more.append(sayNew("summary", "", "digest"), digest);
    line.append(more);
    return line;
  }

  function show(files) {
    const markings = new Set(files.map((file) => file.marking).filter(Boolean));
    at("marking").textContent = Array.from(markings).join(", ");
    at("marking").parentElement.hidden = markings.size === 0;
    at("files").replaceChildren(...files.map(row));
    const message = files.find((file) => file.shown);
    at("reading").hidden = !message;
    if (message) showText(at("message"), message);
    at("locked").hidden = true;
    at("opened").hidden = false;
    say(at("status"), "isOpen", { count: files.length });
    at("done").focus();
  }

  function forget() {
    if (everything) everything.fill(0);
    everything = null;
    for (const link of links) URL.revokeObjectURL(link);
    links.clear();
    for (const id of ["files", "message", "marking"]) at(id).replaceChildren();
    at("passphrase").value = "";
    at("opened").hidden = true;
    at("locked").hidden = false;
    hush(at("status"));
  }

  // ---- the form ----

  let isBusy = false;

  function calm() {
    isWrong = false;
    at("problem").hidden = true;
    at("error").hidden = true;
    at("group").classList.remove("wrong");
    at("passphrase").removeAttribute("aria-invalid");
    at("passphrase").setAttribute("aria-describedby", "hint");
    title();
  }

  function complain(why) {
    calm();
    isWrong = true;
    at("problem-text").textContent = "";
    if (why === "wrong" || why === "empty") {
      const link = sayNew("a", "", why);
      link.href = "#passphrase";
      link.addEventListener("click", (event) => {
        event.preventDefault();
        at("passphrase").focus();
      });
      at("problem-text").append(link);
      say(at("error"), why);
      at("error").hidden = false;
      at("group").classList.add("wrong");
      at("passphrase").setAttribute("aria-invalid", "true");
      at("passphrase").setAttribute("aria-describedby", "hint error");
    } else {
      at("problem-text").append(sayNew("span", "", why));
    }
    at("problem").hidden = false;
    title();
    at("problem").focus();
  }

  function reveal(isShown) {
    at("passphrase").type = isShown ? "text" : "password";
    say(at("reveal"), isShown ? "hide" : "show");
  }

  function tell(filled, size) {
    at("progress").max = size;
    at("progress").value = filled;
    const percent = Math.floor((10 * filled) / size) * 10;
    if (values.get(at("status")).percent !== percent) say(at("status"), "opening", { percent });
  }

  async function open() {
    const words = typed(at("passphrase").value);
    if (!words) throw new Trouble("empty");
    say(at("status"), "deriving");
    at("progress").value = 0;
    at("progress").hidden = false;
    everything = await unseal(words, tell);
    reveal(false);
    at("passphrase").value = "";
    show(listed(everything));
  }

  async function submit(event) {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    at("form").setAttribute("aria-busy", "true");
    calm();
    try {
      await open();
    } catch (error) {
      const kept = at("passphrase").value;
      forget();
      at("passphrase").value = kept; // for the person to mend
      complain(error instanceof Trouble ? error.why : "damaged");
    } finally {
      at("progress").hidden = true;
      at("form").removeAttribute("aria-busy");
      isBusy = false;
    }
  }

  function lock() {
    forget();
    say(at("status"), "isLocked");
    at("passphrase").focus();
  }

  function begin() {
    at("waiting").hidden = true;
    try {
      if (window.top !== window.self) throw new Trouble("framed");
      const isAble = window.isSecureContext && window.crypto && crypto.subtle && at("files").replaceChildren;
      if (!isAble) throw new Trouble("unable");
      sealedChunks(readParameters());
      at("open").disabled = false;
      at("reveal").hidden = false;
    } catch (error) {
      complain(error instanceof Trouble ? error.why : "damaged");
    }
  }

  for (const element of document.querySelectorAll("[data-say]")) ENGLISH[element.dataset.say] = element.textContent;
  at("language").hidden = false;
  at("language").addEventListener("click", () => speak(language === "en" ? "cy" : "en"));
  at("reveal").addEventListener("click", () => reveal(at("passphrase").type === "password"));
  at("form").addEventListener("submit", submit);
  at("lock").addEventListener("click", lock);
  window.addEventListener("pagehide", forget);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
  if (/^cy\b/i.test(navigator.language)) speak("cy");
})();
