#include <algorithm>
#include <set>
#include <string>

#include <kohort/data/csv.hpp>
#include <kohort/data/decisions.hpp>
#include <kohort/data/detail/plain_words.hpp>

namespace kohort::detail {

namespace {

constexpr std::string_view further =
    "aktiv aktuell aldersgrupp alder anhorig anmarkning ansokan antal anteckning area arende "
    "avdelning "
    "avgift bakgrund bedomning belopp beloppet beskrivning beslutad beslutat beslutets besluts "
    "beslutsdatum beslutsfattare beslutstyp bistand bistandsbeslut boende boendeform boform "
    "brukarens "
    "brukarid code column comment count county datum datumet dag dagar data date dates day days "
    "decisions dod dodsfall enligt extract extrakt file fil first form fran gallande galler gender "
    "giltig giltigt grad group grupp handelsetyp handlaggare hemtjanst hours htjtim id ids index "
    "individ insatsen insatsens insatser kategori kod kolumn kommentar kommun korttid kortman kund "
    "kundens lan last leverantor lag lagrum list lista lopnummer manad manader manader map mat "
    "mottagare "
    "municipality name namn new niva nr number nummer ny omfattning omrade ort orsak permonth "
    "personal period post postnummer ref referens regi region register registret registrerad row "
    "rad "
    "rader serial "
    "service "
    "sheet blad slut slutdatum sol status start starting startdatum state stop sum summa system "
    "tabell table tid tidpunkt till timme timmar total typ type unit units uppdaterad utford "
    "utforare "
    "uttag vald value valid varde verkstallighet verkstalld version vecka week year ar year years";

const std::set<std::string, std::less<>>& words() {
  static const auto all = [] {
    std::set<std::string, std::less<>> found;
    for (const auto& [role, names] : decision_columns()) {
      found.insert(header_key(role));
      for (const auto name : names) {
        found.insert(header_key(name));
        for (std::size_t from = 0; from <= name.size();) {
          const auto to = std::min(name.find('_', from), name.size());
          if (to > from) found.insert(header_key(name.substr(from, to - from)));
          from = to + 1;
        }
      }
    }
    for (std::size_t from = 0; from < further.size();) {
      const auto to = std::min(further.find(' ', from), further.size());
      found.emplace(further.substr(from, to - from));
      from = to + 1;
    }
    return found;
  }();
  return all;
}

bool is_digit(char c) { return '0' <= c && c <= '9'; }

/// A word, or two written as one ("beslutsdatum").
bool known(std::string_view run) {
  const auto key = header_key(run);
  if (key.size() == 1 || words().contains(key)) return true;
  constexpr std::size_t least = 3;
  for (std::size_t cut = least; cut + least <= key.size(); ++cut) {
    if (words().contains(key.substr(0, cut)) && words().contains(key.substr(cut))) return true;
  }
  return false;
}

}  // namespace

bool plain_words(std::string_view text) {
  constexpr std::string_view between = " _-./()#:,\"'";
  bool any = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto start = i;
    if (is_digit(text[i])) {
      while (i < text.size() && is_digit(text[i])) ++i;
      if (i - start > 2) return false;
    } else if (between.find(text[i]) != std::string_view::npos) {
      ++i;
    } else {
      while (i < text.size() && !is_digit(text[i]) &&
             between.find(text[i]) == std::string_view::npos) {
        ++i;
      }
      if (!known(text.substr(start, i - start))) return false;
      any = true;
    }
  }
  return any;
}

std::string shown_header(std::string_view header, std::size_t place) {
  return plain_words(header) ? std::string(header) : std::to_string(place);
}

bool looks_like_data(std::string_view head) {
  const auto parsed = parse_date(head, date_format::iso);
  const auto digits = std::count_if(head.begin(), head.end(), is_digit);
  return digits >= 6 || (!head.empty() && digits == static_cast<std::ptrdiff_t>(head.size())) ||
         (parsed.fault == date_fault::none && !parsed.serial);
}

}  // namespace kohort::detail
