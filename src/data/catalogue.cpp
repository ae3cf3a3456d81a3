#include <algorithm>
#include <array>
#include <stdexcept>

#include <kohort/data/detail/catalogue.hpp>

namespace kohort::detail {

namespace {

struct entry {
  std::string_view code, message, message_sv, remedy, remedy_sv;
};

constexpr std::array entries{
    // The file as text.
    entry{"E-ENCODING", "the row holds bytes that are no letters.",
          "raden innehåller bytes som inte är bokstäver.",
          "Save the file as UTF-8 (in Excel: \"CSV UTF-8\"), or declare its encoding.",
          "Spara filen som UTF-8 (i Excel: \"CSV UTF-8\"), eller ange teckenkodningen."},
    entry{"E-BYTE", "the row holds a NUL byte.", "raden innehåller ett noll-tecken (NUL).",
          "Export the file again; it is damaged or no text file.",
          "Ta ut filen på nytt; den är skadad eller ingen textfil."},
    entry{"E-EMPTY", "the file has no rows of data.", "filen har inga datarader.",
          "Check that the right file was exported.", "Kontrollera att rätt fil har tagits ut."},
    entry{"E-DIALECT", "it cannot be told how the file is written:",
          "det går inte att avgöra hur filen är skriven:",
          "Declare the delimiter and the decimal mark.", "Ange avgränsare och decimaltecken."},
    entry{"E-FIELD-COUNT", "the row has another number of fields than the header:",
          "raden har ett annat antal fält än rubrikraden:",
          "Correct the row; a field that holds the delimiter must stand in double quotes.",
          "Rätta raden; ett fält som innehåller avgränsaren måste stå inom citattecken."},
    entry{"E-FIELD-SIZE", "a field of the row is too long.", "ett fält på raden är för långt.",
          "Look for a missing closing quote, or export the file again.",
          "Leta efter ett citattecken som saknas, eller ta ut filen på nytt."},
    entry{"E-QUOTE", "a quote that opens on the row is never closed, or text follows it.",
          "ett citattecken som öppnas på raden stängs aldrig, eller följs av mer text.",
          "Close it before the next delimiter; write a quote inside a field twice.",
          "Stäng det före nästa avgränsare; skriv citattecken inuti ett fält dubbelt."},
    entry{"E-HEADER", "a column that is needed is missing or unclear:",
          "en kolumn som behövs saknas eller är otydlig:",
          "Rename the column, or say which it is with `columns`.",
          "Byt namn på kolumnen, eller ange vilken det är med `columns`."},
    entry{"E-HEADER-MISSING", "the header line seems to be missing: the first row looks like data.",
          "rubrikraden verkar saknas: den första raden ser ut som data.",
          "Put a line with the columns' names first, or name its row with `header_row`.",
          "Lägg en rad med kolumnernas namn först, eller ange dess rad med `header_row`."},
    // The file as a workbook.
    entry{"E-XLSX-TRUNCATED", "the workbook is cut off or damaged.",
          "arbetsboken är avkortad eller skadad.", "Copy or export it again.",
          "Kopiera eller ta ut den på nytt."},
    entry{"E-XLSX-PASSWORD", "the workbook is protected by a password.",
          "arbetsboken är skyddad med lösenord.", "Save it without a password.",
          "Spara den utan lösenord."},
    entry{"E-XLSX-LEGACY", "the workbook is in the old Excel format (.xls).",
          "arbetsboken är i det gamla Excelformatet (.xls).", "Save it as .xlsx or CSV.",
          "Spara den som .xlsx eller CSV."},
    entry{"E-XLSX-HTML", "the file is a web page, whatever its name says.",
          "filen är en webbsida, vad den än heter.",
          "Open it in Excel and save it as .xlsx or CSV.",
          "Öppna den i Excel och spara den som .xlsx eller CSV."},
    entry{"E-XLSX-KIND", "the file is no .xlsx workbook:", "filen är ingen .xlsx-arbetsbok:",
          "Save it as .xlsx or CSV.", "Spara den som .xlsx eller CSV."},
    entry{"E-XLSX-LIMIT", "the workbook is larger than can be opened safely:",
          "arbetsboken är större än vad som tryggt kan öppnas:",
          "Save it as CSV, or take out what does not belong to the table.",
          "Spara den som CSV, eller ta bort det som inte hör till tabellen."},
    entry{"E-XLSX-DTD", "the workbook holds declarations that could load or hide anything.",
          "arbetsboken innehåller deklarationer som kan läsa in eller dölja vad som helst.",
          "Do not use it; ask where it comes from, and export it again.",
          "Använd den inte; ta reda på varifrån den kommer, och ta ut den på nytt."},
    entry{"E-XLSX-SHEET", "it cannot be told which sheet to read:",
          "det går inte att avgöra vilket blad som ska läsas:", "Name the sheet with `sheet`.",
          "Ange bladet med `sheet`."},
    entry{"E-XLSX-HIDDEN", "the workbook has a hidden sheet with something in it.",
          "arbetsboken har ett dolt blad med innehåll.",
          "Delete the hidden sheet, or name the sheet to read with `sheet`.",
          "Ta bort det dolda bladet, eller ange med `sheet` vilket blad som ska läsas."},
    entry{"E-XLSX-FORMULA", "the cell has a formula whose value was not saved.",
          "cellen har en formel vars värde inte har sparats.",
          "Open the workbook in Excel and save it, or paste the values.",
          "Öppna arbetsboken i Excel och spara den, eller klistra in värdena."},
    entry{"E-XLSX-ERROR", "the cell holds an error such as #N/A.",
          "cellen innehåller ett fel som #SAKNAS!.", "Correct it, or empty the cell.",
          "Rätta det, eller töm cellen."},
    entry{"E-XLSX-MERGED", "cells are merged; only the first of them has a value.",
          "celler är sammanfogade; bara den första av dem har ett värde.",
          "Split them and fill in each.", "Dela dem och fyll i var och en."},
    // Single cells.
    entry{"E-PERSON", "the row says of no person.", "raden saknar person.",
          "Fill in the person's id, or leave the row out.",
          "Fyll i personens id, eller ta bort raden."},
    entry{"E-ID-KIND",
          "some ids are personal numbers and others are not: whose number is written in two ways "
          "would become two persons.",
          "en del id är personnummer och andra inte: den vars nummer är skrivet på två sätt skulle "
          "bli två personer.",
          "Say what the ids are: id=\"personnummer\" checks each of them, id=\"opaque\" takes "
          "them as they are.",
          "Ange vad id är: id=\"personnummer\" kontrollerar vart och ett, id=\"opaque\" läser "
          "dem som de är."},
    entry{"E-PNR-LENGTH", "the personal number does not have ten or twelve digits.",
          "personnumret har inte tio eller tolv siffror.",
          "Correct it. If the column became a number in Excel, leading zeros are lost: export it "
          "again as text. Ids of another kind are read with id=\"opaque\".",
          "Rätta det. Om kolumnen blivit tal i Excel har inledande nollor försvunnit: ta ut den på "
          "nytt som text. Andra slags id läses med id=\"opaque\"."},
    entry{"E-PNR-SCI", "the personal number is a rounded number such as 1,9E+11.",
          "personnumret är ett avrundat tal av typen 1,9E+11.",
          "The digits are lost: export the column again, as text.",
          "Siffrorna är förlorade: ta ut kolumnen på nytt, som text."},
    entry{"E-PNR-INTERIM", "the number is an interim or reserve number.",
          "numret är ett interimsnummer eller reservnummer.",
          "Replace it by the personal number, or read all ids as they are with id=\"opaque\".",
          "Ersätt det med personnumret, eller läs alla id som de är med id=\"opaque\"."},
    entry{"E-PNR-DATE", "the personal number has no possible birth date.",
          "personnumret har inget möjligt födelsedatum.", "Correct it.", "Rätta det."},
    entry{"E-PNR-CHECK", "the personal number's check digit does not fit.",
          "personnumrets kontrollsiffra stämmer inte.", "Look for a digit that was mistyped.",
          "Sök efter en felskriven siffra."},
    entry{"E-DATE-MISSING", "a date that is needed is missing.", "ett datum som behövs saknas.",
          "Fill it in, or leave the row out.", "Fyll i det, eller ta bort raden."},
    entry{"E-DATE-FORMAT", "the date is not in the form 2024-12-31 or 20241231.",
          "datumet är inte skrivet som 2024-12-31 eller 20241231.",
          "Declare how dates are written with `date_format`, or write them as 2024-12-31.",
          "Ange hur datum är skrivna med `date_format`, eller skriv dem som 2024-12-31."},
    entry{"E-DATE-INVALID", "there is no such day.", "det finns ingen sådan dag.",
          "Correct the date.", "Rätta datumet."},
    entry{"E-DATE-RANGE", "the date cannot be:", "datumet är orimligt:", "Correct the date.",
          "Rätta datumet."},
    entry{"E-STATE-UNKNOWN", "the level rule does not know this level or type of support.",
          "nivåregeln känner inte till denna nivå eller insats.",
          "Correct it, or say what it means with a mapping (`codes`).",
          "Rätta värdet, eller ange vad det betyder med en översättning (`codes`)."},
    entry{"E-HOURS", "the hours are no number between 0 and 744 a month.",
          "timmarna är inget tal mellan 0 och 744 per månad.",
          "Correct them. The national register's codes 777, 888 and 999 are understood by "
          "read_register, and by kohort check --map sol-register.",
          "Rätta dem. Det nationella registrets koder 777, 888 och 999 förstås av read_register, "
          "och av kohort check --map sol-register."},
    entry{"E-COST", "the cost is no number of 0 or more.",
          "kostnaden är inget tal från 0 och uppåt.",
          "Correct it, or leave it empty; write 12345,67 or 12345.67.",
          "Rätta den, eller lämna den tom; skriv 12345,67 eller 12345.67."},
    entry{"E-PERIOD", "the month is not written as 202401 or 2024-01.",
          "månaden är inte skriven som 202401 eller 2024-01.", "Correct it.", "Rätta den."},
    entry{"E-SEX", "the sex is missing or unknown.", "kön saknas eller är okänt.",
          "Write man or woman (man or kvinna, M or K, 1 or 2).",
          "Skriv man eller kvinna (M eller K, 1 eller 2)."},
    entry{"E-SEX-DIFF", "the person has another sex in another row.",
          "personen har ett annat kön på en annan rad.", "Correct one of the rows.",
          "Rätta en av raderna."},
    entry{"E-BIRTH-DIFF", "the person has another birth date in another row.",
          "personen har ett annat födelsedatum på en annan rad.", "Correct one of the rows.",
          "Rätta en av raderna."},
    entry{"E-EXIT-DIFF", "the person has another exit date in another row.",
          "personen har ett annat avslutsdatum på en annan rad.", "Correct one of the rows.",
          "Rätta en av raderna."},
    entry{"E-EVENT", "the event is neither a decision nor a death.",
          "händelsen är varken beslut eller dödsfall.", "Write decision or death.",
          "Skriv beslut eller död."},
    // A person's decisions together.
    entry{"E-EXTRACTION-DATE", "the decision is open-ended, and no extraction date was given.",
          "beslutet gäller tills vidare, och inget uttagsdatum har angetts.",
          "Give the day on which the extract was made as the extraction date.",
          "Ange den dag då uttaget gjordes som uttagsdatum."},
    entry{"E-INTERVAL-NEG", "the decision ends before it starts.",
          "beslutet slutar innan det börjar.", "Correct one of its dates.",
          "Rätta ett av datumen."},
    entry{"E-OVERLAP",
          "the decision is in force at the same time as another one of a different level.",
          "beslutet gäller samtidigt som ett annat beslut på en annan nivå.",
          "End the earlier one the day before (dates are to and including), or ask for the "
          "highest level with overlap=\"highest\".",
          "Avsluta det tidigare dagen innan (datum är till och med), eller välj den högsta nivån "
          "med overlap=\"highest\"."},
    entry{
        "E-DUP-ID", "the decision's id stands in another row with other content.",
        "beslutets id finns på en annan rad med annat innehåll.",
        "Keep the row that is right, or give each row an id of its own; leave the column out if it "
        "numbers whole cases.",
        "Behåll den rad som är rätt, eller ge varje rad ett eget id; utelämna kolumnen om den "
        "numrerar hela ärenden."},
    entry{"E-AFTER-DEATH", "the decision starts after the person's death.",
          "beslutet börjar efter att personen har avlidit.",
          "Correct the decision or the death date.", "Rätta beslutet eller dödsdatumet."},
    entry{"E-DEATH-TWICE", "the person has another death date in another row.",
          "personen har ett annat dödsdatum på en annan rad.", "Keep the right one.",
          "Behåll det rätta."},
    entry{"E-AFTER-EXIT", "the decision starts after the person's exit.",
          "beslutet börjar efter personens avslutsdatum.",
          "Leave the exit date empty if the person came back.",
          "Lämna avslutsdatumet tomt om personen har kommit tillbaka."},
    // What was done, counted.
    entry{"W-DUP-ROW", "rows that repeat another one in full were left out.",
          "rader som i allt upprepar en annan rad har utelämnats.",
          "Nothing to do, if they are copies.", "Inget behöver göras, om de är kopior."},
    entry{"W-CENTURY",
          "personal numbers without a clear century: as written they would be those of minors, or "
          "\"+\" goes with somebody who is not yet 100.",
          "personnummer med oklart sekel: som de är skrivna skulle de tillhöra minderåriga, eller "
          "så står \"+\" hos någon som inte fyllt 100.",
          "Export the numbers with twelve digits, or declare century=\"older\" to read minors as "
          "born a century earlier.",
          "Ta ut numren med tolv siffror, eller ange century=\"older\" för att läsa minderåriga "
          "som födda ett sekel tidigare."},
    entry{"W-BIRTH-DIFF",
          "persons have another birth date than their personal number; the date of its own column "
          "holds.",
          "personer har ett annat födelsedatum än i personnumret; datumet i den egna kolumnen "
          "gäller.",
          "Look at some of them, to see that the column is right.",
          "Titta på några av dem för att se att kolumnen stämmer."},
    entry{"W-OVERLAP", "decisions overlapped another one of a different level; the highest holds.",
          "beslut överlappade ett annat beslut på en annan nivå; den högsta nivån gäller.",
          "Look at some of them, to see that this is what is meant.",
          "Titta på några av dem för att se att det är så det ska läsas."},
    entry{"I-REMARK",
          "lines below the header begin with # and hold no record; they were passed over.",
          "rader under rubrikraden börjar med # och är inga poster; de har hoppats över.", "", ""},
    entry{
        "I-ID-NUMBERS",
        "the ids are personal numbers, whatever the column is called, and are checked and read as "
        "such (id=\"opaque\" would take them as they are).",
        "id är personnummer, vad kolumnen än heter, och kontrolleras och läses som sådana "
        "(id=\"opaque\" läser dem som de är).",
        "", ""},
    entry{"I-CONCURRENT",
          "types of support began while another was in force; the most demanding gives the level.",
          "insatser började medan en annan gällde; den mest krävande ger nivån.", "", ""},
    entry{"I-GAP", "gaps between decisions were short enough to be bridged by the policy.",
          "glapp mellan beslut var korta nog att överbryggas enligt vald regel.", "", ""},
    entry{"I-GAP-ENDED", "gaps between decisions were longer: support counts as ended in between.",
          "glapp mellan beslut var längre: insatserna räknas som avslutade däremellan.", "", ""},
    entry{"I-GAP-OPEN",
          "persons' last decision ended so near the end that a renewal may still come: they are "
          "followed until that decision ended.",
          "personers sista beslut upphörde så nära uttaget att en förlängning kan vara på väg: de "
          "följs tills beslutet upphörde.",
          "", ""},
    entry{"I-EXCLUDED", "rows have a type of support that the level rule leaves out.",
          "rader har en insats som nivåregeln utelämnar.", "", ""},
    entry{"I-SHORT-STAY",
          "short stays are short enough to give no level of their own; what else was in force then "
          "holds.",
          "korttidsvistelser är så korta att de inte ger någon egen nivå; det som i övrigt gällde "
          "då räknas.",
          "", ""},
    entry{"I-FUTURE", "decisions start after the extraction date and were left out.",
          "beslut börjar efter uttagsdatumet och har utelämnats.", "", ""},
    entry{"I-BEFORE-START",
          "decisions ended before the observation starts: they only tell who had support before.",
          "beslut upphörde innan uppföljningen börjar: de visar bara vilka som haft insatser "
          "tidigare.",
          "", ""},
    entry{"I-LEFT-TRUNCATED",
          "persons had support before the observation starts, and are followed from its start.",
          "personer hade insatser redan innan uppföljningen börjar, och följs från dess start.", "",
          ""},
    entry{"I-DATE-SERIAL",
          "dates are Excel serials; later than the extraction if read in the 1904 system, so they "
          "are of the 1900 system.",
          "datum är Excels löpnummer; lästa i 1904 års system skulle de ligga efter uttaget, så de "
          "hör till 1900 års system.",
          "", ""},
};

}  // namespace

finding catalogued(std::string_view code, std::int64_t row, std::string column,
                   std::vector<std::int64_t> related, std::int64_t count) {
  const auto at =
      std::find_if(entries.begin(), entries.end(), [&](const entry& e) { return e.code == code; });
  if (at == entries.end()) throw std::logic_error("no finding " + std::string(code));
  std::sort(related.begin(), related.end());
  return {.code = std::string(code),
          .severity = code.front(),
          .row = row,
          .related = std::move(related),
          .column = std::move(column),
          .message = std::string(at->message),
          .message_sv = std::string(at->message_sv),
          .remedy = std::string(at->remedy),
          .remedy_sv = std::string(at->remedy_sv),
          .count = count};
}

}  // namespace kohort::detail
