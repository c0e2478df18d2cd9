// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/server_stream.hpp"

#include "xmpp/stream/server_machine.hpp"

namespace sallyport::xmpp {

ServerStream::ServerStream(std::shared_ptr<const ServerStreamOptions> options, std::string seed)
    : machine_(std::make_unique<ServerMachine>(std::move(options), std::move(seed))) {}
ServerStream::~ServerStream() = default;
ServerStream::ServerStream(ServerStream&&) noexcept = default;
ServerStream& ServerStream::operator=(ServerStream&&) noexcept = default;

void ServerStream::start(TimePoint now) {
    machine_->start(now);
}

void ServerStream::feed(std::string_view bytes, TimePoint now) {
    machine_->feed(bytes, now);
}

void ServerStream::closed(TimePoint) {
    machine_->closed();
}

void ServerStream::tick(TimePoint now) {
    machine_->tick(now);
}

std::optional<TimePoint> ServerStream::deadline() const {
    return machine_->deadline();
}

std::optional<ServerStream::Output> ServerStream::poll() {
    return machine_->poll();
}

void ServerStream::tls_done(TlsDone binding) {
    machine_->tls_done(std::move(binding));
}

void ServerStream::answer(ServerAnswer answer, TimePoint now) {
    machine_->answer(std::move(answer), now);
}

Result<void> ServerStream::send(const Stanza& stanza, TimePoint now) {
    return machine_->send(stanza, now);
}

void ServerStream::acknowledge(std::uint32_t count) {
    machine_->acknowledge(count);
}

void ServerStream::close(TimePoint now) {
    machine_->close(now);
}

void ServerStream::close(const StreamError& error, TimePoint) {
    machine_->refuse(error);
}

std::unique_ptr<Management> ServerStream::take_management() {
    return machine_->take_management();
}

const Jid& ServerStream::full() const {
    return machine_->full();
}

bool ServerStream::is_secure() const {
    return machine_->has(state::tls);
}

bool ServerStream::is_over() const {
    return machine_->is_over();
}

std::size_t ServerStream::unsent_bytes() const {
    return machine_->unsent_bytes();
}

bool ServerStream::has_room() const {
    return machine_->has_room();
}

void ServerStream::rest() {
    machine_->rest();
}

}  // namespace sallyport::xmpp
