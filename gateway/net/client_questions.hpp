// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "gateway/net/timers.hpp"
#include "xmpp/core/jid.hpp"
#include "xmpp/core/result.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::net {

/// Requests of a client that wait for their answers, each with a deadline. Network thread only.
///
/// An answer counts only from who was asked: an id alone can be guessed (RFC 6120 §8.1.3;
/// xmpp::answers()).
class ClientQuestions {
  public:
    /// The result or the error that was answered; or why there will be none (Fault).
    using Done = std::function<void(Result<xmpp::Stanza>)>;

    /// `timers` must outlive it.
    explicit ClientQuestions(Timers& timers) : timers_(timers) {}
    ~ClientQuestions() { forget(); }
    ClientQuestions(const ClientQuestions&) = delete;
    ClientQuestions& operator=(const ClientQuestions&) = delete;

    /// `done` runs once, unless forget() or destruction comes first. REQUIRES: an iq get or set,
    /// whose id no other one has.
    void add(const xmpp::Stanza& request, std::chrono::milliseconds within, Done done);
    /// Whether the stanza answers one of them: then it was told. `own`: the session's full address.
    bool take(const xmpp::Stanza& stanza, const xmpp::Jid& own);
    /// There will be no more answers: all are told this.
    void fail(const Error& why);
    void forget();
    std::size_t size() const { return waiting_.size(); }

  private:
    struct Waiting {
        xmpp::Jid asked;
        Done done;
        Timers::Handle deadline;
    };
    void finish(const std::string& id, Result<xmpp::Stanza> answer);

    Timers& timers_;
    std::map<std::string, Waiting, std::less<>> waiting_;  ///< by id
};

}  // namespace sallyport::net
