// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/line.hpp"

#include <algorithm>

#include "transports/sms/phone.hpp"

namespace sallyport::sms {

namespace {

std::map<std::string, std::string, std::less<>> reveal(const config::ProviderConfig& entry) {
    std::map<std::string, std::string, std::less<>> out;
    for (const auto& [name, secret] : entry.credentials)
        out.emplace(name, std::string(secret.reveal()));
    return out;
}

std::string region_for(const config::SmsConfig& config, const std::vector<std::string>& numbers) {
    if (config.region != "ZZ" || numbers.empty()) return config.region;
    return region_of(numbers.front());
}

/// Would two configurations of an entry make the same requests?
bool is_same(const Provider& old, const Provider& now) {
    return old.setup().base_url == now.setup().base_url &&
           old.setup().credentials == now.setup().credentials &&
           old.description().source == now.description().source &&
           old.setup().region == now.setup().region;
}

const config::ProviderConfig* find_config(const config::SmsConfig& config, std::string_view entry) {
    const auto found =
        std::find_if(config.providers.begin(), config.providers.end(), [&](const auto& one) {
            return one.name == entry;
        });
    return found == config.providers.end() ? nullptr : &*found;
}

}  // namespace

std::shared_ptr<const Provider> make_provider(
    const config::ProviderConfig& entry,
    std::string_view region,
    std::map<std::string, std::string, std::less<>> credentials
) {
    Provider::Setup setup;
    setup.name = entry.name;
    setup.base_url = entry.base_url();
    setup.region = region;
    setup.credentials = std::move(credentials);
    return std::make_shared<const Provider>(entry.description, std::move(setup));
}

Directory::Lines Directory::load(const config::SmsConfig& config, std::string_view domain) {
    Lines changed;
    std::map<std::string, std::shared_ptr<Line>, std::less<>> entries;
    for (const auto& entry : config.providers) {
        auto provider = make_provider(entry, region_for(config, entry.numbers), reveal(entry));
        auto line = find_entry(entry.name);
        if (!line) line = std::make_shared<Line>();
        line->entry = line->shown = entry.name;
        line->hook_path = "/hook/" + std::string(domain) + "/" + entry.name;
        if (line->provider && !is_same(*line->provider, *provider)) {
            line->previous = line->provider;
            changed.push_back(line);
        }
        line->provider = std::move(provider);
        line->limits = entry.limits;
        line->rate.change(entry.limits.per_account);
        line->numbers = entry.numbers;
        entries.emplace(entry.name, std::move(line));
    }
    entries_ = std::move(entries);
    // Numbers keep their buckets when they move from one line to another.
    auto old_numbers = std::move(numbers_);
    numbers_.clear();
    for (const auto& [name, line] : entries_) index(line, line->limits);
    for (const auto& [id, line] : own_) index(line, line->limits);
    for (auto& [text, number] : numbers_) {
        const auto old = old_numbers.find(text);
        if (old == old_numbers.end()) continue;
        number.rate = old->second.rate;
        number.rate.change(number.line->limits.per_number);
    }
    return changed;
}

void Directory::index(const std::shared_ptr<Line>& line, const config::ProviderLimits& limits) {
    // The file wins over what a user brought.
    for (const auto& number : line->numbers)
        numbers_.try_emplace(number, Number{line, RateBucket(limits.per_number)});
}

bool Directory::put_own(
    const config::SmsConfig& config, const port::Account& account, std::string_view domain
) {
    remove_own(account.id);
    const auto* entry = find_config(config, account.provider);
    if (entry == nullptr || account.hook_token.empty()) return false;
    std::map<std::string, std::string, std::less<>> credentials;
    for (const auto& [name, values] : account.credentials) {
        if (!values.empty()) credentials.emplace(name, values.front());
    }
    auto line = std::make_shared<Line>();
    line->entry = entry->name;
    line->shown = entry->name + "/" + account.own_address;
    line->hook_path = "/hook/" + std::string(domain) + "/" + entry->name + "/" + account.hook_token;
    line->numbers = {account.own_address};
    line->provider =
        make_provider(*entry, region_for(config, line->numbers), std::move(credentials));
    line->limits = entry->limits;
    line->rate = RateBucket(entry->limits.per_account);
    line->owner = account.id;
    tokens_.emplace(entry->name + "/" + account.hook_token, account.id);
    index(line, line->limits);
    own_.emplace(account.id, std::move(line));
    return true;
}

void Directory::remove_own(port::AccountId id) {
    const auto found = own_.find(id);
    if (found == own_.end()) return;
    std::erase_if(tokens_, [&](const auto& row) { return row.second == id; });
    std::erase_if(numbers_, [&](const auto& row) { return row.second.line == found->second; });
    own_.erase(found);
}

Number* Directory::find(std::string_view number) {
    const auto found = numbers_.find(std::string(number));
    return found == numbers_.end() ? nullptr : &found->second;
}

const Number* Directory::find(std::string_view number) const {
    const auto found = numbers_.find(std::string(number));
    return found == numbers_.end() ? nullptr : &found->second;
}

std::shared_ptr<Line> Directory::find_entry(std::string_view entry) const {
    const auto found = entries_.find(entry);
    return found == entries_.end() ? nullptr : found->second;
}

std::shared_ptr<Line> Directory::find_own(std::string_view entry, std::string_view token) const {
    const auto found = tokens_.find(std::string(entry) + "/" + std::string(token));
    return found == tokens_.end() ? nullptr : find_own(found->second);
}

std::shared_ptr<Line> Directory::find_own(port::AccountId id) const {
    const auto found = own_.find(id);
    return found == own_.end() ? nullptr : found->second;
}

Directory::Lines Directory::lines() const {
    Lines out;
    for (const auto& [name, line] : entries_) out.push_back(line);
    for (const auto& [id, line] : own_) out.push_back(line);
    return out;
}

}  // namespace sallyport::sms
