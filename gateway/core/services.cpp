// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/services.hpp"

namespace sallyport::core {
namespace {
constexpr std::chrono::hours pause_check{1};
}

Services::Services(World& w, Users& users, Router& router, Arrivals& arrivals, Delivery& delivery)
    : world(w),
      disco(w, router),
      roster(w, [this](Domain& domain, To to) { return disco.caps(domain, to); }),
      membership(w, users, router, arrivals, delivery, roster),
      assignments(w, membership),
      presence(w, users, router, arrivals, roster, membership),
      registration(w, router, membership),
      prompt(w, router),
      info(w, router),
      commands(w, membership),
      chat(w, router, arrivals, commands),
      adhoc(w, router, disco, commands) {}

Services::~Services() {
    if (pause_timer_) world.scheduler.cancel(pause_timer_);
}

void Services::domain_added(Domain& domain) {
    domains_.insert(&domain);
    assignments.apply(domain);
    if (!pause_timer_) watch_pauses();
}

void Services::domain_removed(Domain& domain) {
    domains_.erase(&domain);
    presence.forget(domain);
    roster.forget(domain);
    disco.reload();
}

void Services::reload(Domain& domain) {
    disco.reload();
    assignments.apply(domain);
}

void Services::link_up(Domain& domain) {
    presence.link_up(domain);
}

void Services::link_down(Domain& domain) {
    presence.link_down(domain);
}

void Services::drain() {
    presence.drain();
}

void Services::watch_pauses() {
    for (Domain* domain : domains_) membership.end_pauses(*domain);
    pause_timer_ = world.scheduler.at(world.time.now() + pause_check, [this] { watch_pauses(); });
}

}  // namespace sallyport::core
