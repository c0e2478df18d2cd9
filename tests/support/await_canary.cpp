// SPDX-License-Identifier: Apache-2.0
// Pins the forms of co_await that GCC 12 miscompiles, and hence the await law that
// tests/lint/await_lint.py holds. Each form counts the objects that it makes and destroys; a form
// is broken when they differ. Prints "NAME broken|correct".
#include <coroutine>
#include <cstdio>
#include <cstring>
#include <set>
#include <utility>

namespace {

/// Registers its address while it lives: a second destructor, or one without a constructor, is
/// counted as a fault.
class Tracked {
  public:
    explicit Tracked(int value = 0) : value_(value) { born(); }
    Tracked(const Tracked& other) : value_(other.value_) { born(); }
    Tracked(Tracked&& other) noexcept : value_(other.value_) { born(); }
    Tracked& operator=(const Tracked&) = default;
    Tracked& operator=(Tracked&&) = default;
    ~Tracked() {
        if (living.erase(this) == 0) ++faults;
    }
    [[nodiscard]] int value() const { return value_; }

    static inline std::set<const Tracked*> living;
    static inline int faults = 0;

  private:
    void born() {
        if (!living.insert(this).second) ++faults;
    }
    int value_;
};

/// The least coroutine type that can be awaited: starts at once, keeps its value until it is
/// destroyed.
template <typename T>
class Task {
  public:
    struct promise_type {
        T value{};
        Task get_return_object() { return Task(Handle::from_promise(*this)); }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_value(T result) { value = std::move(result); }
        void unhandled_exception() noexcept { ++Tracked::faults; }
    };
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Task(const Task&) = delete;
    ~Task() {
        if (handle_) handle_.destroy();
    }
    [[nodiscard]] bool await_ready() const { return true; }
    void await_suspend(std::coroutine_handle<>) {}
    T await_resume() { return std::move(handle_.promise().value); }
    [[nodiscard]] T result() const { return handle_.promise().value; }

  private:
    Handle handle_;
};

struct Aggregate {
    Tracked first;
    int second = 0;
};

Task<int> take(Aggregate aggregate) {
    co_return aggregate.first.value() + aggregate.second;
}
template <typename F>
Task<int> call(F function) {
    co_return function();
}
Task<int> one() {
    co_return 1;
}

Task<int> braced_aggregate_argument() {
    int sum = co_await take(Aggregate{Tracked(1), 2});
    co_return sum;
}

Task<int> braces_without_a_type() {
    int sum = co_await take({Tracked(1), 2});
    co_return sum;
}

Task<int> await_within_an_aggregate() {
    Aggregate made = Aggregate{Tracked(2), co_await one()};
    co_return made.first.value() + made.second;
}

Task<int> capture_by_value() {
    Tracked captured(3);
    int sum = co_await call([captured] { return captured.value(); });
    co_return sum;
}

Task<int> conditional_operand() {
    Tracked left(1);
    Tracked right(2);
    bool choose = left.value() == 1;
    int sum = co_await take(choose ? Aggregate{left, 2} : Aggregate{right, 1});
    co_return sum;
}

// What the law asks for: must be correct with every compiler.
Task<int> named_argument() {
    Aggregate named{Tracked(1), 2};
    int sum = co_await take(std::move(named));
    co_return sum;
}

struct Form {
    const char* name;
    Task<int> (*run)();
    int result;
};
const Form forms[] = {
    {"braced_aggregate_argument", braced_aggregate_argument, 3},
    {"braces_without_a_type", braces_without_a_type, 3},
    {"await_within_an_aggregate", await_within_an_aggregate, 3},
    {"capture_by_value", capture_by_value, 3},
    {"conditional_operand", conditional_operand, 3},
    {"named_argument", named_argument, 3},
};

bool is_correct(const Form& form) {
    Tracked::faults = 0;
    Tracked::living.clear();
    int result = form.run().result();
    return result == form.result && Tracked::faults == 0 && Tracked::living.empty();
}

}  // namespace

int main(int argc, char** argv) {
    for (const Form& form : forms) {
        if (argc > 1 && std::strcmp(argv[1], form.name) != 0) continue;
        std::printf("%s %s\n", form.name, is_correct(form) ? "correct" : "broken");
    }
}
