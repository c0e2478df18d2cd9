// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/users.hpp"

namespace sallyport::core {

bool User::came(const xmpp::Jid& full) {
    return resources_.insert(full).second;
}

bool User::park(Domain& domain, xmpp::Stanza stanza) {
    if (mailbox_.size() >= mailbox_limit) return false;
    mailbox_.push_back(Waiting{&domain, std::move(stanza)});
    return true;
}

std::optional<User::Waiting> User::unpark() {
    if (mailbox_.empty()) return std::nullopt;
    Waiting first = std::move(mailbox_.front());
    mailbox_.pop_front();
    return first;
}

Errand::Errand(std::shared_ptr<User> user, std::function<void(std::shared_ptr<User>)> drain)
    : user_(std::move(user)), drain_(std::move(drain)) {
    ++user_->errands_;
}

Errand::~Errand() {
    if (--user_->errands_ == 0) drain_(std::move(user_));
}

std::shared_ptr<User> Users::find(const xmpp::Jid& any) {
    auto at = users_.find(std::string(any.bare_view()));
    return at == users_.end() ? nullptr : at->second;
}

std::shared_ptr<User> Users::of(const xmpp::Jid& any) {
    std::string key(any.bare_view());
    auto at = users_.find(key);
    if (at != users_.end()) return at->second;
    auto user = std::make_shared<User>(any.bare());
    users_.emplace(std::move(key), user);
    return user;
}

void Users::forget_if_idle(const xmpp::Jid& bare) {
    auto at = users_.find(std::string(bare.bare_view()));
    if (at != users_.end() && at->second->is_idle()) users_.erase(at);
}

}  // namespace sallyport::core
