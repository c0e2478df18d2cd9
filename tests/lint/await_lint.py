#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The await law: one co_await per statement, on a call whose arguments are names; its result goes to a name.

GCC 12 destroys some temporaries of a statement with co_await twice (tests/support/await_canary.cpp shows which).
    await_lint.py [FILE…]     checks the files (all sources without arguments); exit code 1 when one breaks the law
    await_lint.py --self-test checks the checker against statements that are known to be good and bad
    await_lint.py --canary    compiles and runs the canary; exit code 1 when the compiler now gets a broken form right
A line with `// await: REASON` is allowed whatever it does; the reason says why it is safe.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOPS = ("xmpp", "config", "gateway", "transports", "tests")
CANARY = ROOT / "tests/support/await_canary.cpp"
CONTROL = {"if", "while", "for", "switch"}
RAW = r'R"([^(\s]*)\((?:.|\n)*?\)\1"'
TOKEN = re.compile(
    rf'(?P<skip>//[^\n]*|/\*(?:.|\n)*?\*/|^[ \t]*#(?:[^\n\\]|\\.|\\\n)*)|(?P<raw>(?:u8|u|U|L)?{RAW})'
    r'|(?P<text>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\')|(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.\']*)'
    r'|(?P<punct>::|->|&&|\|\||[-+*/%=!<>&|^]=|[^\s\w])', re.M)


def tokens_of(text):
    """[(token, line)] without comments, preprocessor lines and the contents of literals."""
    found, line, seen = [], 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        if match["skip"]:
            continue
        found.append(('""' if match["raw"] or match["text"] else match[0], line))
    return found


def opens_block(before):
    """Is a `{` after these tokens of its statement a body (else it initialises something)?"""
    words = [word for word, _ in before]
    if not words or words[-1] in (")", "]", "else", "do", "try", "{", "}", "noexcept", "const", "mutable", "override", "final"):
        return True
    if words[0] in ("namespace", "extern", "enum") or {"class", "struct", "union"} & set(words) and "=" not in words:
        return "(" not in words
    at = len(words) - 1     # a trailing return type: `) -> Name<T>::U {`
    while at >= 0 and (re.match(r"[\w:<>,*&]+$", words[at])) and words[at] != "->":
        at -= 1
    return at > 0 and words[at] == "->" and words[at - 1] in (")", "noexcept", "mutable", "const")


def skip_braces(tokens, at):
    depth = 0
    while at < len(tokens):
        depth += {"{": 1, "}": -1}.get(tokens[at][0], 0)
        at += 1
        if depth == 0:
            break
    return at


def statements(tokens, at=0):
    """Every statement as a list of tokens; a body within one (a lambda's) becomes the token `{body}`. Returns (list, position)."""
    found, current, depth = [], [], 0
    while at < len(tokens):
        word, line = tokens[at]
        if word == "{" and opens_block(current):
            inner, at = statements(tokens, at + 1)
            found += inner
            current.append(("{body}", line))
            if depth == 0 and not is_lambda(current):
                found.append(current)
                current = []
            continue
        if word == "{":
            end = skip_braces(tokens, at)
            current += tokens[at:end]
            at = end
            continue
        if word == "}" and depth == 0:
            return found + ([current] if current else []), at + 1
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(word, 0)
        at += 1
        if word == ";" and depth == 0:
            found.append(current)
            current = []
        else:
            current.append((word, line))
    return found + ([current] if current else []), at


def is_lambda(words):
    """Does the `{body}` that ends these tokens belong to a lambda? Then the statement goes on behind it."""
    return any(word == "[" and (i == 0 or words[i - 1][0] in ("=", "(", ",", "return", "co_return", "co_await", "{", "?", ":", "&&", "||"))
               for i, (word, _) in enumerate(words))


def closing(words, at):
    """The position of the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(words)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(words[i], 0)
        if depth == 0:
            return i
    return len(words)


def parts_of(words):
    """A statement's own full expressions: what stands in a control's parentheses, and what follows them."""
    while words and words[0] in CONTROL | {"else", "do", "co_return", "return"}:
        if words[0] not in CONTROL:
            words = words[1:]
            continue
        start = words.index("(")
        end = closing(words, start)
        part = []
        for word in words[start + 1:end]:
            if word in (";", ":"):
                yield part
                part = []
            else:
                part.append(word)
        yield part
        words = words[end + 1:]
    yield words


def captures_by_value(words):
    for i, word in enumerate(words):
        if word != "[" or words[i + 1:i + 2] == ["["] or i and words[i - 1] == "[" or (i and re.match(r'\w+$|[\])"]', words[i - 1]) and words[i - 1] not in ("co_await", "return")):
            continue
        for capture in " ".join(words[i + 1:closing(words, i)]).split(","):
            if capture.strip() and not re.match(r"\s*(&|this\s*$)", capture):
                yield capture.strip()


def complaints_about(words):
    """Why this full expression breaks the law; nothing when it keeps it."""
    awaits = [i for i, word in enumerate(words) if word == "co_await"]
    if not awaits:
        return
    if len(awaits) > 1:
        yield "two co_await in one statement"
    prefix = words[:awaits[0]]
    while prefix and prefix[0] in ("!", "(", "void", ")") and words[:2] != ["(", "co_await"]:
        prefix = prefix[1:]
    if prefix and prefix[-1] != "=":
        yield f"the result of co_await goes to a name first (here it stands behind `{prefix[-1]}`)"
    if "{" in words:
        yield "braces beside co_await: name the value in a statement of its own"
    if "?" in words:
        yield "a conditional operator beside co_await: choose in a statement of its own"
    for capture in captures_by_value(words):
        yield f"a lambda beside co_await captures `{capture}` by value: name the lambda, or make it a function"


def check_text(text):
    """[(line, complaint)] for one source text."""
    allowed = {number for number, line in enumerate(text.split("\n"), 1) if re.search(r"// await: \S", line)}
    found, _ = statements(tokens_of(text))
    for statement in found:
        lines = [line for word, line in statement if word == "co_await"]
        if not lines or allowed & {line for _, line in statement}:
            continue
        for part in parts_of([word for word, _ in statement]):
            for complaint in complaints_about(part):
                yield lines[0], complaint


GOOD = """auto r = co_await f(a, std::move(b)); | co_await f(asio::use_awaitable); | if (auto r = co_await f(); r) { g({1}); }
for (auto& x : co_await f()) { use(x, {1, 2}); } | auto [ec, n] = co_await s.async_read_some(buffer, as_tuple(use_awaitable));
asio::co_spawn(ex, [s = std::move(s)]() -> awaitable<void> { co_await s->run(); }, token); | while (co_await more()) {}
co_return co_await f(a); | value_ = co_await f(this->a_, "x" + b); | if (!co_await f()) co_return Error{1}; | x[i] = co_await f(v[j]);
auto r = co_await f([this, &a] { return a; }); | Result<std::vector<int>> r = co_await f(); | (void)co_await f();
[[maybe_unused]] auto n = co_await f(); | awaitable<int> T::f(int a) : b_{a} { int n = co_await g(a); co_return n; } | if (x) { y = A{1}; } else co_await f();""".replace("\n", " | ").split(" | ")
BAD = """auto r = co_await f(Agg{a}); | co_await f({a, b}); | auto a = Agg{x, co_await g()}; | co_await call([s] { return s; });
g(co_await f()); | if ((co_await g()).n == 3) {} | auto n = (co_await g()).n; | auto x = c ? co_await f() : co_await g();
co_await f(c ? a : b); | co_await M{1}.run(); | co_await [s]() -> awaitable<void> { co_return; }(); | auto x = co_await f(co_await g());
co_spawn(co_await this_coro::executor, [s]() -> awaitable<void> { co_return; }, d); | co_return h(co_await f());
auto n = 1 + co_await f(); | co_await call([=] { return s; }); | co_await call([p = q] { return p; });""".replace("\n", " | ").split(" | ")


def self_test():
    wrong = [f"flagged: {text}" for text in GOOD if list(check_text(f"void f() {{ {text} }}"))]
    wrong += [f"missed: {text}" for text in BAD if not list(check_text(f"void f() {{ {text} }}"))]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"await self-test: {len(GOOD)} good and {len(BAD)} bad statements, {len(wrong)} judged wrongly")
    return 1 if wrong else 0


def canary():
    compiler = os.environ.get("CXX", "g++")
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/canary"
        subprocess.run([compiler, "-std=c++20", "-O1", "-w", CANARY, "-o", program], check=True)
        lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split("\n")
    forms = dict(line.split() for line in lines if line)
    faults = 0
    if forms.pop("named_argument") != "correct":
        print("await canary: even the form that the law prescribes is broken; no coroutine can be trusted with this compiler")
        faults += 1
    for name, verdict in forms.items():
        if verdict == "correct":
            print(f"await canary: {compiler} compiles {name} correctly now: take the form out of the canary and let await_lint.py allow it")
            faults += 1
    print(f"await canary: {sum(verdict == 'broken' for verdict in forms.values())} forms are broken, as known")
    return 1 if faults else 0


def main():
    if "--self-test" in sys.argv:
        return self_test()
    if "--canary" in sys.argv:
        return canary()
    paths = [pathlib.Path(name) for name in sys.argv[1:]] or [
        path for top in TOPS for path in sorted((ROOT / top).rglob("*")) if path.suffix in (".hpp", ".cpp") and path != CANARY]
    faults = 0
    for path in paths:
        for line, complaint in check_text(path.read_text()):
            print(f"{path.resolve().relative_to(ROOT)}:{line}: {complaint}")
            faults += 1
    print(f"await: {faults} statements break the law")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
