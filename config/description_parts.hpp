// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/provider_description.hpp"
#include "config/section.hpp"

/// The reader of descriptions, in parts: leaves, requests, webhooks, questions. Internal to
/// config/.
namespace sallyport::config {

/// Which names a template may use where it stands.
enum class Names { none, credentials, all };

/// What a selector looks into.
enum class Source { response, json_hook, form_hook };

/// Reads the leaves of one description, knowing which credentials it declares.
class LeafReader {
  public:
    explicit LeafReader(Problems& problems) : problems_(problems) {}
    /// REQUIRES: the descriptions' fields outlive the reader.
    void declare(std::span<const CredentialField> credentials) { credentials_ = credentials; }

    Template make_template(
        std::string_view text, const SourcePos& pos, const std::string& key, Names names
    );
    Template make_template(
        Section& in, std::string_view key, Names names, Need need = Need::optional
    );
    std::vector<Template> make_templates(
        Section& in, std::string_view key, Names names, Need need = Need::optional
    );
    std::vector<Field> make_fields(Section& in, std::string_view key, Names names);

    Selectors make_selectors(
        Section& in, std::string_view key, Source source, Need need = Need::optional
    );
    std::optional<Selector> make_selector(Section& in, std::string_view key, Source source);
    std::vector<Condition> make_conditions(
        Section& in, std::string_view key, Source source, Names names
    );

  private:
    void check_names(const Template& value, const std::string& key, Names names);
    bool is_known(std::string_view name, Names names) const;
    std::optional<Selector> parse(const Item& item, const SourcePos& pos, Source source);

    Problems& problems_;
    std::span<const CredentialField> credentials_;
};

Auth read_auth(Section& top, LeafReader& leaves);
/// The keys get/post/put, headers, query, form, json of `in`.
Request read_request(Section& in, LeafReader& leaves);
Send read_send(Section& in, LeafReader& leaves);
Hooks read_hooks(Section& in, LeafReader& leaves);
MessagePlaces read_message(Section& in, LeafReader& leaves, Source source);
/// check, lookup and sweep; `none` and an absent key give nothing.
void read_questions(Section& top, LeafReader& leaves, ProviderDescription& into);
/// The keys of `limits:`, each laid over what `into` has; "off" takes a limit away.
void read_provider_limits(Section& in, ProviderLimits& into);

}  // namespace sallyport::config
