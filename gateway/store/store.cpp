// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/store.hpp"

#include <tuple>

namespace sallyport::store {

template <class Op>
void Store::write(Op op, std::function<void(Result<typename Op::Answer>)> done) {
    if (!done) return submit(Write(std::move(op)), {});
    submit(Write(std::move(op)), [done = std::move(done)](Result<WriteAnswer> answer) {
        if (!answer) return done(answer.error());
        done(std::get<typename Op::Answer>(std::move(*answer)));
    });
}

template <class Op>
void Store::read(Op op, std::function<void(Result<typename Op::Answer>)> done) {
    ask(Read(std::move(op)), [done = std::move(done)](Result<ReadAnswer> answer) {
        if (!answer) return done(answer.error());
        done(std::get<typename Op::Answer>(std::move(*answer)));
    });
}

// Turning an operation into its variant is dear to compile, and everybody does it: so here, once,
// for all of them.
namespace {
template <class... Ops>
constexpr auto writers(const std::variant<Ops...>* /*ops*/) {
    return std::make_tuple(&Store::write<Ops>...);
}
template <class... Ops>
constexpr auto readers(const std::variant<Ops...>* /*ops*/) {
    return std::make_tuple(&Store::read<Ops>...);
}
[[gnu::used]] const auto all_writers = writers(static_cast<const Write*>(nullptr));
[[gnu::used]] const auto all_readers = readers(static_cast<const Read*>(nullptr));
}  // namespace

}  // namespace sallyport::store
