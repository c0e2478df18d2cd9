// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xmpp/core/machine.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::xmpp {

/// Our own requests that wait for an answer: by kind (a word of the asker's), peer and id, each
/// with a deadline.
///
/// An answer counts only from the address that was asked: an id alone can be guessed (RFC 6120
/// §8.1.3).
class IqTracker {
  public:
    struct Key {
        std::string kind;
        Jid peer;
        std::string id;
        friend auto operator<=>(const Key&, const Key&) = default;
    };

    /// Notes a request. False when the same one is pending already.
    bool add(Key key, TimePoint deadline);
    /// The pending request that an iq result or error answers, which is thereby done. Nothing for
    /// anything else.
    std::optional<Key> take(const Stanza& answer);
    bool forget(const Key& key);
    /// Requests whose deadline is at or before `now`, in that order; they are done.
    std::vector<Key> expire(TimePoint now);
    /// All that are pending, in order of their deadlines; they are done (the link went down).
    std::vector<Key> take_all();
    std::optional<TimePoint> deadline() const;
    std::size_t size() const { return by_answer_.size(); }
    std::size_t count(std::string_view kind) const;

  private:
    using Answer = std::pair<Jid, std::string>;
    struct Pending {
        std::string kind;
        TimePoint deadline;
    };
    std::map<Answer, Pending> by_answer_;
    std::set<std::pair<TimePoint, Answer>> by_deadline_;
};

}  // namespace sallyport::xmpp
