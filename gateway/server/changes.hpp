// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "gateway/server/account_state.hpp"
#include "gateway/store/store.hpp"
#include "xmpp/core/stanza_error.hpp"

namespace sallyport::server {

class Hub;

/// Write, then apply: the only way in which what is stored of an account changes while the account
/// is in memory (decisions/0005). Nothing is answered, pushed or sent of a change before it is
/// committed, and one that fails has changed nothing.
class Changes {
  public:
    explicit Changes(Hub& hub) : hub_(hub) {}

    /// Writes `op`. `then(AccountState&, const Result<Op::Answer>&)` runs in a turn of the hub when
    /// it is committed or has failed; not at all when the account has gone meanwhile. Until then
    /// the account takes() nothing but changes of other subjects.
    /// REQUIRES: no change of this subject is on its way, as within what Accounts::with runs.
    template <class Op, class Then>
    void write(AccountState& account, std::string subject, Op op, Then then);

  private:
    struct Key {
        xmpp::Jid bare;
        AccountNumber number = 0;
        std::string subject;
    };
    Key begin(AccountState& account, std::string subject);
    /// Runs `apply` with the account, if it is still the same one, and ends the change.
    void end(const Key& key, const std::function<void(AccountState&)>& apply, const Error* why);
    store::Store& store();

    Hub& hub_;
};

/// What to say of a change that could not be written: nothing was changed.
xmpp::StanzaError unwritten(const Error& error);

template <class Op, class Then>
void Changes::write(AccountState& account, std::string subject, Op op, Then then) {
    Key key = begin(account, std::move(subject));
    store().write(
        std::move(op),
        [this,
         key = std::move(key),
         then = std::move(then)](const Result<typename Op::Answer>& answer) {
            const Error why = answer ? Error() : answer.error();
            end(
                key,
                [&then, &answer](AccountState& state) { then(state, answer); },
                answer ? nullptr : &why
            );
        }
    );
}

}  // namespace sallyport::server
