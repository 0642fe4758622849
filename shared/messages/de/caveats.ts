import type { CaveatCode } from '../../schemas/caveat.ts';
import type { CaveatWords } from '../en/caveats.ts';

/** The caveats in German. */
export const caveatsDe: Record<CaveatCode, CaveatWords> = {
  'engine-socket': {
    title: 'Wer die Engine verwenden darf, kann sie auch verwalten',
    text: 'Der Zugriff auf den Socket der Engine genügt, um einen Container zu starten, der die Einstellungen der Engine ändert.',
    next: 'Geben Sie niemandem Zugriff auf den Socket, dessen Pulls eingeschränkt sein müssen.',
  },
  'guest-root': {
    title: 'Der Benutzer ist root, wo die Engine läuft',
    text: 'In WSL und Lima ist der Benutzer root im Gast und kann die Engine umleiten: Das ist ein Geländer, keine Mauer.',
    next: 'Setzen Sie die zugelassenen Registries auch im Netzwerk durch.',
  },
  'sign-out': {
    title: 'Abmelden hebt die Einschränkungen auf',
    text: 'Solange kein Administrator die Anmeldung erzwingt, ist ein abgemeldeter Benutzer nicht eingeschränkt.',
    next: 'Bitten Sie Ihren Administrator, die Anmeldung mit einer registry.json zu erzwingen.',
  },
  'attachment-weakened': {
    title: 'Die Engine ist nicht mehr so angebunden, wie sie war',
    text: 'Zurzeit führt kein Weg am Gateway vorbei, aber etwas, das dafür sorgt, wurde nach dem Anbinden geändert.',
    next: 'Zeigen, was es ist: sudo portcullis engine audit. Wiederherstellen: sudo portcullis engine attach.',
  },
  'second-engine': {
    title: 'Eine andere Engine ist nicht eingeschränkt',
    text:
      'Nur die Engine, die an diesen Filter angebunden ist, ist eingeschränkt. ' +
      'Andere Engines auf diesem Rechner und solche, auf die ein Docker-Kontext verweist, sind es nicht.',
    next: 'Entfernen Sie Engines, die Sie nicht brauchen, oder binden Sie sie an.',
  },
  'other-builders': {
    title: 'Andere Builder sind nicht eingeschränkt',
    text: 'docker buildx mit einem Kubernetes-, Remote- oder eigenen docker-container-Treiber pullt nicht über diese Engine.',
    next: 'Verwenden Sie den Standard-Builder: docker buildx use default.',
  },
  'host-tools': {
    title: 'Programme auf dem Host umgehen den Filter',
    text: 'docker manifest inspect, docker buildx imagetools und BuildKit (für Registry-Tokens) verbinden sich direkt vom Host aus.',
    next: null,
  },
  'hosts-file': {
    title: 'Die hosts-Datei dieses Rechners nennt Registries',
    text: 'Sie ordnet Namen von Registries feste Adressen zu; der DNS-Filter wird nach ihnen nicht gefragt.',
    next: 'Entfernen Sie diese Zeilen.',
  },
  'engine-no-proxy': {
    title: 'Für manche Hosts umgeht die Engine ihren Proxy',
    text: 'Die Hosts in ihrem NO_PROXY gehen nicht über den Registry-Proxy; für sie gilt nur der DNS-Filter.',
    next: 'Entfernen Sie diese Namen aus dem NO_PROXY der Engine.',
  },
  'engine-dns': {
    title: 'Container verwenden andere DNS-Server',
    text: 'Die daemon.json der Engine setzt „dns“; Container fragen deshalb nicht den DNS-Filter.',
    next: 'Entfernen Sie „dns“ aus der daemon.json.',
  },
  'registry-mirrors': {
    title: 'Docker Hub wird über einen Mirror gepullt',
    text:
      'Die Engine wendet sich zuerst an den Mirror, unter dessen eigenem Namen. ' +
      'Der Mirror muss zugelassen sein, und was er liefert, wird nicht gefiltert.',
    next: 'Lassen Sie den Mirror nur zu, wenn er dieselben Registries zulässt.',
  },
  'daemon-settings': {
    title: 'Die Einstellungen der Engine sind nicht lesbar',
    text: 'daemon.json ist ungültig; Portcullis kann nicht feststellen, ob sie Mirrors, Proxys oder DNS-Server setzt.',
    next: 'Berichtigen Sie die Datei.',
  },
  'cli-proxies': {
    title: 'Container verwenden einen Proxy',
    text: 'Die config.json der Docker-Kommandozeile setzt Proxys für jeden Container; deren Verkehr geht über diese Proxys.',
    next: 'Entfernen Sie „proxies“ aus der config.json, wo es nicht gebraucht wird.',
  },
  'loopback-registries': {
    title: 'Registries auf dem Loopback der Engine werden nicht gefiltert',
    text: 'Go-Programme verwenden für Loopback-Adressen keinen Proxy; ein Pull-through-Cache in einem Container dieser Engine umgeht deshalb den Filter.',
    next: null,
  },
  'hosts-not-addresses': {
    title: 'Der Filter prüft Hostnamen, nicht Adressen',
    text: 'Ein Proxy auf diesem Rechner oder eine geänderte hosts-Datei kann einen zugelassenen Namen umleiten.',
    next: null,
  },
  'hidden-names': {
    title: 'Container können Hostnamen verbergen',
    text: 'Domain Fronting, Encrypted Client Hello und DNS über HTTPS in einem Container sind für den Filter unsichtbar.',
    next: null,
  },
  'wsl-kernel-old': {
    title: 'Der WSL-Kernel ist zu alt',
    text: 'Einschränkungen in WSL 2 erfordern Linux-Kernel 5.4 oder neuer.',
    next: 'Führen Sie „wsl --update“ aus.',
  },
  'wsl-distributions': {
    title: 'Alle WSL-2-Distributionen sind eingeschränkt',
    text: 'Mit Kernel 5.4 bis 5.14 geht der Verkehr jeder Distribution durch den Filter, nicht nur der Verkehr der Engine.',
    next: 'Um nur die Engine einzuschränken, holen Sie mit „wsl --update“ Kernel 5.15 oder neuer.',
  },
  'wsl-kernel-new': {
    title: 'Andere WSL-Distributionen sind möglicherweise auch eingeschränkt',
    text: 'Ab Kernel 5.15 sollte nur die Distribution der Engine eingeschränkt sein. Hier wurde das nicht getestet.',
    next: null,
  },
  'wsl-containers': {
    title: 'WSL-Container von Windows selbst gehen am Filter vorbei',
    text: 'Nur die Richtlinie von WSL schränkt sie ein (wslc): eine Kopie der Liste, die weder signiert noch aktualisiert wird und keine Platzhalter kennt. Ohne sie ist ihnen jede Registry erlaubt.',
    next: 'Exportieren Sie die Liste nach jeder Änderung: portcullis engine wsl-allowlist. Oder verbieten Sie diese Container: AllowWSLContainer=0.',
  },
  'windows-containers': {
    title: 'Windows-Container sind nicht eingeschränkt',
    text: 'Ihre Pulls und Builds sind nur eingeschränkt, wenn ihr Daemon den Proxy verwendet.',
    next: 'Stellen Sie die Engine auf Linux-Container um.',
  },
  'hyperv-containers': {
    title: 'Hyper-V-Container werden nicht unterstützt',
    text: 'Windows-Container mit Hyper-V-Isolation haben ein eigenes Netzwerk, das den Filter umgeht.',
    next: 'Stellen Sie die Engine auf Linux-Container um.',
  },
  'container-dns': {
    title: 'Container können einen anderen DNS-Server verwenden',
    text: 'docker run --dns umgeht den DNS-Filter für diesen Container. Für Container im Host-Netzwerk gelten die Regeln für Pulls.',
    next: null,
  },
  'push-and-pull': {
    title: 'Push und Pull werden nicht unterschieden',
    text: 'Eine Registry ist als Ganzes zugelassen oder blockiert. Wer pushen darf, regelt die Registry selbst.',
    next: null,
  },
  'add-url': {
    title: 'Auch ADD mit einer URL ist eingeschränkt',
    text: 'Ein Build, der eine Datei aus dem Web hinzufügt, funktioniert nur, wenn deren Host zugelassen ist.',
    next: null,
  },
  'storage-hosts': {
    title: 'Speicher-Hosts und Weiterleitungen müssen zugelassen sein',
    text:
      'Eine Registry, die Schichten von anderen Hosts liefert, funktioniert nur, wenn diese Hosts zugelassen sind. ' +
      'Bei bekannten Registries werden sie automatisch hinzugefügt.',
    next: null,
  },
  'local-images': {
    title: 'Images, die schon auf diesem Rechner sind, bleiben verwendbar',
    text: 'Images, die früher gepullt oder aus einer Datei geladen wurden, werden nicht erneut geprüft.',
    next: null,
  },
  'dns-ports': {
    title: 'Der DNS-Filter sieht keine Ports',
    text: 'Wo die Engine keinen Proxy verwendet, lässt ein Eintrag mit Port seinen Host auf allen Ports zu.',
    next: null,
  },
};
