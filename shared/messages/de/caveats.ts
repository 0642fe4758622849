import type { CaveatCode } from '../../schemas/caveat.ts';
import type { CaveatWords } from '../en/caveats.ts';

/** The caveats in German. */
export const caveatsDe: Record<CaveatCode, CaveatWords> = {
  'engine-socket': {
    title: 'Wer die Engine benutzen darf, verwaltet sie',
    text: 'Wer den Socket der Engine benutzen kann, kann einen Container starten, der ihre eigenen Einstellungen ändert.',
    next: 'Geben Sie den Socket niemandem, für den die Liste gelten soll.',
  },
  'guest-root': {
    title: 'Wo die Engine lebt, ist der Benutzer root',
    text: 'In WSL und Lima ist der Benutzer root im Gast und kann die Engine umlenken: ein Geländer, keine Mauer.',
    next: 'Setzen Sie die Liste auch im Netz durch.',
  },
  'sign-out': {
    title: 'Abmelden hebt die Einschränkungen auf',
    text: 'Wo keine Administration die Anmeldung erzwingt, ist ohne Anmeldung nichts eingeschränkt.',
    next: 'Die Administration erzwingt die Anmeldung mit einer registry.json.',
  },
  'second-engine': {
    title: 'Eine andere Engine ist nicht eingeschränkt',
    text:
      'Nur die Engine, an der dieser Filter hängt, hält sich an die Liste. ' +
      'Andere auf diesem Rechner, und solche, auf die ein Kontext zeigt, nicht.',
    next: 'Entfernen Sie, was nicht gebraucht wird, oder binden Sie es an.',
  },
  'other-builders': {
    title: 'Andere Builder sind nicht eingeschränkt',
    text:
      'docker buildx mit einem Treiber für Kubernetes, für entfernte Rechner oder mit eigenem docker-container ' +
      'pullt nicht über diese Engine.',
    next: 'Bauen Sie mit dem Standard-Builder: docker buildx use default.',
  },
  'host-tools': {
    title: 'Werkzeuge auf dem Rechner fragen den Filter nicht',
    text: 'docker manifest inspect und docker buildx imagetools verbinden sich vom Rechner aus, ebenso BuildKit für Registry-Tokens.',
    next: null,
  },
  'hosts-file': {
    title: 'Die hosts-Datei dieses Rechners nennt Registries',
    text: 'Sie führt Namen von Registries zu festen Adressen, vorbei am DNS, das der Filter beantwortet.',
    next: 'Entfernen Sie diese Zeilen.',
  },
  'engine-no-proxy': {
    title: 'Für manche Hosts umgeht die Engine ihren Proxy',
    text: 'Was ihr NO_PROXY nennt, wird am Registry-Proxy nicht gefragt; dort entscheidet allein DNS.',
    next: 'Nehmen Sie die Namen aus dem NO_PROXY der Engine.',
  },
  'engine-dns': {
    title: 'Container bekommen andere Resolver',
    text: 'Die daemon.json der Engine setzt „dns“; was in Containern läuft, fragt den Filter also nicht.',
    next: 'Nehmen Sie „dns“ aus der daemon.json.',
  },
  'registry-mirrors': {
    title: 'Docker Hub wird über einen Spiegel gepullt',
    text:
      'Die Engine fragt zuerst den Spiegel, unter dessen Namen: Die Liste muss den Spiegel zulassen, ' +
      'und was er weiterreicht, wird nicht beurteilt.',
    next: 'Lassen Sie den Spiegel nur zu, wenn er sich selbst an die Liste hält.',
  },
  'daemon-settings': {
    title: 'Die Einstellungen der Engine sind nicht lesbar',
    text: 'daemon.json ist ungültig; ob sie Spiegel, Proxys oder Resolver setzt, ist nicht bekannt.',
    next: 'Berichtigen Sie die Datei.',
  },
  'cli-proxies': {
    title: 'Container bekommen einen Proxy',
    text: 'Die config.json der Kommandozeile setzt Proxys, die jeder Container bekommt: Was dort läuft, geht durch sie.',
    next: 'Nehmen Sie „proxies“ aus der config.json, wo es nicht gebraucht wird.',
  },
  'loopback-registries': {
    title: 'Registries auf dem Loopback der Engine werden nicht beurteilt',
    text: 'Go-Programme benutzen für Loopback keinen Proxy; ein Cache in einem Container dieser Engine wird ungefragt erreicht.',
    next: null,
  },
  'hosts-not-addresses': {
    title: 'Beurteilt werden Hosts, nicht Adressen',
    text: 'Ein Proxy auf diesem Rechner oder eine veränderte hosts-Datei kann von einem zugelassenen Namen woandershin führen.',
    next: null,
  },
  'hidden-names': {
    title: 'In Containern lassen sich Namen verbergen',
    text: 'Domain Fronting, verschlüsseltes ClientHello und DNS über HTTPS in einem Container sind nicht zu sehen.',
    next: null,
  },
  'wsl-kernel-old': {
    title: 'Der WSL-Kernel ist zu alt',
    text: 'Unter Linux-Kernel 5.4 wird die Einschränkung in WSL 2 nicht unterstützt.',
    next: 'Führen Sie „wsl --update“ aus.',
  },
  'wsl-distributions': {
    title: 'Alle Distributionen in WSL 2 sind eingeschränkt',
    text: 'Mit Kerneln von 5.4 bis 5.14 geht der Verkehr aller Distributionen durch den Filter, nicht nur der der Engine.',
    next: 'Wo das nicht gewollt ist: „wsl --update“ für Kernel 5.15 oder neuer.',
  },
  'wsl-kernel-new': {
    title: 'Andere WSL-Distributionen sind womöglich mit eingeschränkt',
    text:
      'Ab Kernel 5.15 ist angekündigt, dass nur die Distribution der Engine eingeschränkt ist. ' +
      'Ob das hier stimmt, ist nicht nachgewiesen.',
    next: null,
  },
  'windows-containers': {
    title: 'Windows-Container sind nicht eingeschränkt',
    text: 'Ihre Pulls und Builds sind nur eingeschränkt, wo ihr Daemon den Proxy benutzt.',
    next: 'Stellen Sie die Engine auf Linux-Container um.',
  },
  'hyperv-containers': {
    title: 'Hyper-V-Container werden nicht unterstützt',
    text: 'Windows-Container mit Hyper-V-Isolation haben ein eigenes Netz, das nicht durch den Filter geht.',
    next: 'Stellen Sie die Engine auf Linux-Container um.',
  },
  'container-dns': {
    title: 'Container können einen anderen Resolver bekommen',
    text: 'docker run --dns umgeht den Filter für diesen Container; für Container im Netz des Rechners gelten die Regeln für Pulls.',
    next: null,
  },
  'push-and-pull': {
    title: 'Push und Pull sind eins',
    text: 'Eine Registry wird als Ganzes zugelassen oder abgelehnt. Wer pushen darf, regelt die Registry selbst.',
    next: null,
  },
  'add-url': {
    title: 'Auch ADD mit einer URL ist eingeschränkt',
    text: 'Ein Build, der eine Datei aus dem Web hinzufügt, braucht deren Host auf der Liste.',
    next: null,
  },
  'storage-hosts': {
    title: 'Speicher und Weiterleitungen zählen',
    text:
      'Eine Registry, die Schichten von anderen Hosts liefert, geht nur, wenn diese zugelassen sind. ' +
      'Die bekannter Registries kommen von selbst hinzu.',
    next: null,
  },
  'local-images': {
    title: 'Was schon hier ist, wird nicht neu beurteilt',
    text: 'Früher gepullte oder aus einer Datei geladene Images lassen sich benutzen.',
    next: null,
  },
  'dns-ports': {
    title: 'DNS kennt keine Ports',
    text: 'Wo die Engine keinen Proxy benutzt, lässt eine Zeile mit Port ihren Host an jedem Port zu.',
    next: null,
  },
};
