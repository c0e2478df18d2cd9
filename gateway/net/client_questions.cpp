// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/client_questions.hpp"

#include <utility>

#include "gateway/net/error.hpp"
#include "xmpp/stream/client_guard.hpp"

namespace sallyport::net {

void ClientQuestions::add(
    const xmpp::Stanza& request, std::chrono::milliseconds within, Done done
) {
    const std::string id(request.id());
    const Timers::Handle deadline = timers_.after(within, [this, id] {
        finish(id, make_error(Fault::timeout, "no answer in time"));
    });
    waiting_.emplace(id, Waiting{request.to(), std::move(done), deadline});
}

bool ClientQuestions::take(const xmpp::Stanza& stanza, const xmpp::Jid& own) {
    const auto found = waiting_.find(stanza.id());
    if (found == waiting_.end() || !xmpp::answers(stanza, found->second.asked, own)) return false;
    finish(found->first, stanza);
    return true;
}

void ClientQuestions::finish(const std::string& id, Result<xmpp::Stanza> answer) {
    auto node = waiting_.extract(id);
    timers_.cancel(node.mapped().deadline);
    node.mapped().done(std::move(answer));
}

// Whoever is told may ask again, or end everything.
void ClientQuestions::fail(const Error& why) {
    auto all = std::exchange(waiting_, {});
    for (auto& [id, one] : all) timers_.cancel(one.deadline);
    for (auto& [id, one] : all) one.done(why);
}

void ClientQuestions::forget() {
    for (auto& [id, one] : waiting_) timers_.cancel(one.deadline);
    waiting_.clear();
}

}  // namespace sallyport::net
